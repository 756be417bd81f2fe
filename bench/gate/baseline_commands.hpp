#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/core/error.hpp"

namespace lanemark {

struct BaselineOptions {
  std::string baselines = "results/baselines";
  std::vector<std::string> files;  ///< add: records, or folders of them
  std::string fingerprint_id;      ///< show, prune: of which machine; its beginning is enough, empty for all
  int keep = 20;                   ///< prune: the latest launches that stay
};

/// Wrong data and launches that do not count are named and left out; says so in its code where there was wrong data, or
/// no launch that counts.
ExitCode baseline_add_command(const BaselineOptions& options);
/// List, show and prune go on past a file that cannot be read, name it, and end with ExitCode::usage.
ExitCode baseline_list_command(const BaselineOptions& options);
ExitCode baseline_show_command(const BaselineOptions& options);
/// Drops all but the latest launches, and cases that none of these measured.
ExitCode baseline_prune_command(const BaselineOptions& options);

struct CalibrateOptions {
  std::string baselines = "results/baselines";
  std::vector<std::string> files;  ///< records of one build, or folders of them
  int window = 10;                 ///< launches on each side of a comparison
  int launches = 0;                ///< that are started first, of each kind among the records; 0: none
  std::string results{};           ///< folder of those; beside the records' where it is empty
};

/// Noise floors from launches of one build, stored with the baseline of their machine, which is made where there is
/// none; classes that they do not measure keep their floor. Says in its code where there was wrong data, of which
/// nothing is kept. Throws UsageError, before launches are started, where the records are not this build's.
ExitCode calibrate_command(const CalibrateOptions& options);

}  // namespace lanemark
