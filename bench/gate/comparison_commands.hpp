#pragma once

#include <string>
#include <vector>

#include "kernels/core/error.hpp"

namespace lanemark {

/// What all comparisons are told, as text that is not yet checked.
struct ComparisonOptions {
  std::vector<std::string> metrics{"time"};
  std::string filter;            ///< regular expression over case names
  double alpha = 0.01;           ///< share of false alarms among alarms
  std::string minimum_effect{};  ///< smaller changes are of no interest; empty for the usual
  bool strict = false;           ///< what is inconclusive, missing or has no baseline counts
  bool verbose = false;
  std::string colour = "auto";
  std::vector<std::string> outputs;  ///< NAME=FILE, "-" for standard output
  bool github = false;               ///< step summary and annotations, where GitHub looks for them
};

struct GateCommandOptions {
  ComparisonOptions comparison;
  std::vector<std::string> run;  ///< records, or folders of them
  std::string baselines = "results/baselines";
  std::string rules;    ///< a rules file; empty for none
  int confirm = 0;      ///< launches with which flagged cases are run again; 0: they are not
  std::string results;  ///< folder of those launches; beside the run's records where it is empty
};

/// The run against the baseline of its machine, and against absolute rules.
ExitCode gate_command(const GateCommandOptions& options);

struct CompareOptions {
  ComparisonOptions comparison;
  std::string base, run;  ///< a record, or a folder of them
  std::string baselines;  ///< for noise floors; empty for none
};

/// Two sets of launches on one kind of machine. Throws UsageError where they are of different ones.
ExitCode compare_command(const CompareOptions& options);

}  // namespace lanemark
