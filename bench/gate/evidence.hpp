// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/gate/metric.hpp"
#include "bench/measurement/case_filter.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// A launch as far as a comparison needs it.
struct LaunchSummary {
  std::string launch{};   ///< its id
  std::string started{};  ///< UTC, ISO 8601
  Seconds took{0};        ///< from its start to its end, where its record tells both
  std::string file{};     ///< empty where it comes from a baseline
  int ranks = 1;
  std::vector<std::string> command{};
  Versions versions{};
  std::map<std::string, std::string> environment{};  ///< what changes a measurement (recorded_environment)
  std::string excluded{};  ///< why its numbers do not count: tainted, cut off, none; empty if they do
  std::string accepted{};  ///< other load that it ran beside, and why that counts as no reason against it
  bool empty = false;      ///< what it measured is ExitCode::incomplete: neither a number nor wrong data

  [[nodiscard]] bool counts() const { return excluded.empty(); }
};

/// One number of one case from several launches.
struct CaseValues {
  /// By launch, in the order of `Evidence::launches`; nothing where a launch has none, or is excluded.
  std::vector<std::optional<double>> by_launch{};
  /// Wrong data, by what launch and why; its speed is not among the values.
  std::vector<std::string> wrong{};
  std::string skipped{};  ///< why a launch left it out; empty where none did

  [[nodiscard]] std::vector<double> values() const;  ///< those there are
};

/// What launches on one kind of machine say, in the order in which they were started.
struct Evidence {
  Fingerprint fingerprint;
  std::string fingerprint_id;
  std::vector<LaunchSummary> launches{};
  std::map<std::string, Case> cases{};  ///< by name
  /// By metric, those without any value too; then by the case's name.
  std::map<std::string, std::map<std::string, CaseValues>> values{};

  [[nodiscard]] std::size_t counted() const;  ///< launches that are not excluded
};

/// The records among these: a folder means all in it and below it, in order of their names, those of launches that did
/// not end (*.jsonl.partial) too. Throws UsageError where there is none, or a folder cannot be read.
std::vector<std::filesystem::path> record_files(const std::vector<std::string>& paths);

/// What the files say of these metrics, one Evidence a fingerprint, in the order in which those come up. A case that a
/// launch repeated counts with the median of its repetitions. Throws as read_launch, and as DistinctMachines;
/// of a launch that died before it had measured anything (*.partial) it is only said that it is left out.
std::vector<Evidence> gather_evidence(std::span<const std::filesystem::path> files,
                                      std::span<const Metric* const> metrics);

/// Whether some case is meant; also where there is none, as then the filter is not to blame.
bool has_match(const Evidence& evidence, const CaseFilter& filter);

/// Of a launch that died before it had measured anything (*.partial) says that it is left out; else throws the error
/// anew.
void pass_over_unborn(const std::filesystem::path& file, const Unborn& error);

/// Why a launch's numbers do not count: "cut off: …", "tainted: …"; empty if they do. `complete` as of its outline.
std::string why_excluded(const Launch& launch, bool complete);

/// Other load that a launch ran beside, and why whoever started it accepts that; empty where there was none.
std::string accepted_load(const Launch& launch);

/// What is said of a launch that is excluded because nothing that counts was measured in it.
inline constexpr std::string_view nothing_in_it = "nothing that counts was measured in it";
/// Excludes those launches, so that they are no evidence of anything.
void exclude_empty(Evidence& evidence);

}  // namespace lanemark
