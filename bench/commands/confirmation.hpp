// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/gate/verdict.hpp"
#include "bench/launching/process.hpp"

namespace lanemark {

struct ConfirmationOptions {
  int launches = 0;
  std::filesystem::path results;  ///< folder of their records
  std::vector<const Metric*> metrics;
  std::string timeout{};  ///< of each launch, as relaunch_timeout takes it
};

/// Runs the cases that have regressed again, each by the command and with the ranks of the last launch of `run` that
/// measured it, and compares them with the base once more. What does not regress a second time becomes inconclusive and
/// says so; each is judged by itself, as if it were the only one. What cannot be run again stays as it is and says why,
/// also where so few launches could not regress whatever they measured. Nothing is run where nothing has regressed.
/// Throws Interrupted where a signal ended them.
void confirm(Judgement& judgement, const Baseline& base, const Evidence& run, const ConfirmationOptions& options);

}  // namespace lanemark
