// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/launching/process.hpp"
#include "bench/measurement/exit_code.hpp"

namespace lanemark {

/// Several launches, one after the other, of one build or of two that take turns.
struct LaunchPlan {
  std::filesystem::path program;       ///< this build's
  std::vector<std::string> arguments;  ///< "run", suites and flags, the same for all; see `words`
  int processes = 1;                   ///< ranks of each
  int launches = 1;                    ///< of each build
  std::filesystem::path results;       ///< folder of the records; those of two builds are in a and b below it
  std::optional<std::filesystem::path> other_build{};  ///< its program
  std::uint64_t seed = 1;                              ///< of a build's first launch; each later one has the next
  Seconds timeout{0};                                  ///< of each launch; 0: none
  std::string_view timeout_flag = "--launch-timeout";  ///< that sets it
  Seconds grace{10};                                   ///< of a launch that is ended, between SIGTERM and SIGKILL
  std::string mpirun = "mpirun";
};

enum class Build { this_one, other };

/// A B B A A B B A …, `launches` of each, so that a drift of the machine meets both alike; else A A A ….
std::vector<Build> launch_order(int launches, bool with_other);

struct LaunchOutcome {
  Build build = Build::this_one;
  std::uint64_t seed = 0;
  ProcessResult process{};
  std::filesystem::path record{};     ///< its own; empty where it left none; *.partial where it did not end
  bool whole = false;                 ///< it ran to its end and all is in its record
  std::vector<std::string> taints{};  ///< why a whole one is not to be compared
  std::filesystem::path log{};        ///< what it printed
  int code = 0;                       ///< ExitCode: ok, usage, wrong_data, timeout, incomplete
};

struct LaunchesResult {
  std::vector<LaunchOutcome> launches;  ///< in the order in which they were started
  /// What the program should exit with: 128 + n where signal n ended it; 2 where a build's first launch was refused;
  /// else the gravest of the launches: wrong data, timeout, incomplete.
  int code = 0;
  std::string stopped;  ///< why the rest were not run; empty if all were
};

/// "45 s", "3 min 20 s", "2 h 5 min"; at most a century.
std::string clock_figure(Seconds time);

/// Runs them and says on standard error how far it is. Goes on after a launch that failed, and stops after two in a row
/// that failed with the same code, when a build's first launch is refused, and when this program is asked to end; all
/// records stay. Throws UsageError where there is no mpirun, before anything is written, and where a folder cannot be
/// written before the first launch.
LaunchesResult run_launches(const LaunchPlan& plan);

}  // namespace lanemark
