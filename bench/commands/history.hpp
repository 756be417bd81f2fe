// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/measurement/exit_code.hpp"

namespace lanemark {

struct HistoryOptions {
  std::vector<std::string> files{};  ///< records (*.jsonl), or folders of them
  std::string cases{};               ///< regular expression over case names; all where it is empty
  std::string metric = "time";
  std::string csv{};    ///< where to write it; "-" is standard output, nowhere where it is empty
  double alpha = 0.05;  ///< of each series
};

/// Prints the history and writes the CSV. Needs no MPI. Launches that are tainted or were cut off are named and left
/// out. Throws UsageError on a mistake in the options, before a file is read, and where nothing is left to show; and as
/// read_launch.
ExitCode history_command(const HistoryOptions& options);

}  // namespace lanemark
