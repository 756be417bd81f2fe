// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/measurement/exit_code.hpp"

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

}  // namespace lanemark
