// SPDX-License-Identifier: MIT

#pragma once

#include <string>

#include "bench/commands/comparison.hpp"
#include "bench/measurement/exit_code.hpp"

namespace lanemark {

struct CompareOptions {
  ComparisonOptions comparison;
  std::string base, run;  ///< a record, or a folder of them
  std::string baselines;  ///< for noise floors; empty for none
};

/// Two sets of launches on one kind of machine. Throws UsageError where they are of different ones.
ExitCode compare_command(const CompareOptions& options);

}  // namespace lanemark
