// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/measurement/exit_code.hpp"

namespace lanemark {

struct CalibrateOptions {
  std::string baselines = "results/baselines";
  std::vector<std::string> files;  ///< records of one build, or folders of them
  int window = 10;                 ///< launches on each side of a comparison
  int launches = 0;                ///< that are started first, of each kind among the records; 0: none
  std::string results{};           ///< folder of those; beside the records' where it is empty
  std::string relaunch_timeout{};  ///< "10min", ends one of those; empty: by the records' launches
};

/// Noise floors from launches of one build, stored with the baseline of their machine, which is made where there is
/// none; classes that they do not measure keep their floor. Says in its code where there was wrong data, of which
/// nothing is kept. Where launches were asked for and none left a whole record its code is as that of run_launches.
/// Throws UsageError, before launches are started, where the records are not this build's, or their commands are none
/// to run.
ExitCode calibrate_command(const CalibrateOptions& options);

}  // namespace lanemark
