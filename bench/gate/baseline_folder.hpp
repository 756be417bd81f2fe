// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/files/descriptor.hpp"
#include "bench/files/held_signals.hpp"
#include "bench/gate/baseline.hpp"

namespace lanemark {

/// A folder of baselines, one file for each kind of machine, each replaced whole by a rename. It travels with a
/// repository, so that links in it, to it by its last part, or anywhere in a relative path to it, are refused
/// (UsageError), whether it is read or written.
class BaselineFolder {
 public:
  explicit BaselineFolder(std::filesystem::path folder) : folder_{std::move(folder)} {}

  /// Of fingerprints, by the files' names, others being passed over; empty where there is no folder.
  [[nodiscard]] std::vector<std::string> ids() const;
  [[nodiscard]] std::optional<Baseline> find(const std::string& fingerprint_id) const;
  /// The baseline of that machine; where there is none, the only one whose fingerprint is the same as far as both have
  /// its fields. Throws UsageError that says what differs where one has its id and other fields.
  [[nodiscard]] std::optional<Baseline> find(const Fingerprint& fingerprint) const;
  /// Others that lock the folder wait until it is gone: what is read, added to and put back loses nothing of theirs.
  /// The signals that would end this program wait as well.
  class Lock {
   public:
    /// Makes the folder where there is none. Throws UsageError where it cannot be.
    explicit Lock(const std::filesystem::path& folder);
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    Lock(Lock&&) = delete;
    Lock& operator=(Lock&&) = delete;
    /// Takes along the folders that were made and got nothing.
    ~Lock();

   private:
    bool take(const std::filesystem::path& folder);

    std::optional<HeldSignals> held_;
    std::vector<std::filesystem::path> made_;
    Descriptor folder_;
  };
  [[nodiscard]] Lock lock() const { return Lock{folder_}; }
  /// Throws UsageError where it can be told already that the folder could not be written. Makes nothing.
  void require_writable() const;
  /// Throws UsageError where the folder cannot be written.
  void put(const Baseline& baseline) const;
  /// The baseline of a machine, found, changed and put, under its fullest fingerprint: one that lacked a field which
  /// `fingerprint` has gets it, and the file of its new name takes the place of the old. Under a lock.
  template <class Change>
  [[nodiscard]] Baseline update(const Fingerprint& fingerprint, Change change) const {
    Baseline baseline = find(fingerprint).value_or(Baseline{});
    const std::string before = baseline.evidence.fingerprint_id;
    change(baseline);
    name_fully(baseline, fingerprint);
    put(baseline);
    if (!before.empty() && before != baseline.evidence.fingerprint_id) remove(before);
    return baseline;
  }

  /// The baseline whose fingerprint has the fewest fields that differ from this, and which do ("gpu: NVIDIA H100 80GB
  /// HBM3 there, NVIDIA H200 here"); nothing in an empty folder. Unreadable ones are passed over.
  struct Nearest {
    std::string fingerprint_id;
    std::vector<std::string> differences;
  };
  [[nodiscard]] std::optional<Nearest> nearest(const Fingerprint& fingerprint) const;

 private:
  static void name_fully(Baseline& baseline, const Fingerprint& fingerprint);
  void remove(const std::string& fingerprint_id) const;

  std::filesystem::path folder_;
};

}  // namespace lanemark
