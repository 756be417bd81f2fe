// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/commands/comparison.hpp"
#include "bench/measurement/exit_code.hpp"

namespace lanemark {

struct GateCommandOptions {
  ComparisonOptions comparison;
  std::vector<std::string> run;  ///< records, or folders of them
  std::string baselines = "results/baselines";
  std::string rules;               ///< a rules file; empty for none
  int confirm = 0;                 ///< launches with which flagged cases are run again; 0: they are not
  std::string results;             ///< folder of those launches; beside the run's records where it is empty
  std::string relaunch_timeout{};  ///< "10min", ends one of them; empty: by the records' launches
};

/// The run against the baseline of its machine, and against absolute rules.
ExitCode gate_command(const GateCommandOptions& options);

}  // namespace lanemark
