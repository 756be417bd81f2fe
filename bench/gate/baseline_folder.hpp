#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/gate/baseline.hpp"

namespace lanemark {

/// A folder of baselines, one file for each kind of machine, each replaced whole by a rename.
class BaselineFolder {
 public:
  explicit BaselineFolder(std::filesystem::path folder) : folder_{std::move(folder)} {}

  /// Of fingerprints, by the files' names, others being passed over; empty where there is no folder.
  [[nodiscard]] std::vector<std::string> ids() const;
  [[nodiscard]] std::optional<Baseline> find(const std::string& fingerprint_id) const;
  /// Others that lock the folder wait until it is gone: what is read, added to and put back loses nothing of theirs.
  struct Lock {
    explicit Lock(int of) : descriptor{of} {}
    Lock(Lock&& other) noexcept : descriptor{std::exchange(other.descriptor, -1)} {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();
    int descriptor;
  };
  /// Makes the folder where there is none. Throws UsageError where it cannot be.
  [[nodiscard]] Lock lock() const;
  /// Throws UsageError where the folder cannot be written.
  void put(const Baseline& baseline) const;

  /// The baseline whose fingerprint has the fewest fields that differ from this, and which do ("gpu: NVIDIA H100 80GB
  /// HBM3 there, NVIDIA H200 here"); nothing in an empty folder. Unreadable ones are passed over.
  struct Nearest {
    std::string fingerprint_id;
    std::vector<std::string> differences;
  };
  [[nodiscard]] std::optional<Nearest> nearest(const Fingerprint& fingerprint) const;

 private:
  [[nodiscard]] std::filesystem::path file_of(const std::string& fingerprint_id) const;

  std::filesystem::path folder_;
};

}  // namespace lanemark
