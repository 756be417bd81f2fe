#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/core/error.hpp"

// The commands that look at records of launches and at baselines. None needs MPI, so their exit codes arrive.

namespace lanemark {

/// What all comparisons are told, as text that is not yet checked.
struct ComparisonOptions {
  std::vector<std::string> metrics{"time"};
  std::string filter;                 ///< regular expression over case names
  double alpha = 0.01;                ///< share of false alarms among alarms
  std::string minimum_effect = "2%";  ///< smaller changes are of no interest
  bool strict = false;                ///< what is inconclusive, missing or has no baseline counts
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

struct BaselineOptions {
  std::string baselines = "results/baselines";
  std::vector<std::string> files;  ///< add: records, or folders of them
  std::string fingerprint_id;      ///< show, prune: of which machine; its beginning is enough, empty for all
  std::size_t keep = 20;           ///< prune: the latest launches that stay
};

ExitCode baseline_add_command(const BaselineOptions& options);
ExitCode baseline_list_command(const BaselineOptions& options);
ExitCode baseline_show_command(const BaselineOptions& options);
/// Drops all but the latest launches, and cases that none of these measured.
ExitCode baseline_prune_command(const BaselineOptions& options);

struct CalibrateOptions {
  std::string baselines = "results/baselines";
  std::vector<std::string> files;  ///< records of one build, or folders of them
  int window = 10;                 ///< launches on each side of a comparison
};

/// Noise floors from launches of one build, stored with the baseline of their machine, which is made where there is
/// none.
ExitCode calibrate_command(const CalibrateOptions& options);

}  // namespace lanemark
