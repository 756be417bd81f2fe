#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/gate/verdict.hpp"

namespace lanemark {

struct ConfirmationOptions {
  int launches = 0;
  std::filesystem::path results;  ///< of their records; a folder beside the run's where it is empty
  std::vector<const Metric*> metrics;
};

/// Runs the cases that have regressed again, by the command and with the ranks of the run's last launch, and compares
/// them with the base once more. What does not regress a second time becomes inconclusive and says so; what cannot be
/// run again stays as it is. Nothing is run where nothing has regressed. Throws UsageError where launches cannot be
/// started, where so few of them could not regress whatever they measured, and where they turn out to be on another
/// kind of machine.
void confirm(Judgement& judgement, const Baseline& base, const ConfirmationOptions& options);

/// A regular expression that matches these names and no others.
std::string exactly(const std::vector<std::string>& names);

}  // namespace lanemark
