// SPDX-License-Identifier: MIT

#pragma once

#include <vector>

#include "bench/engine/stopwatch.hpp"
#include "bench/engine/trial.hpp"

namespace lanemark {

/// Flags of how long to measure that say nothing of this case: where calls are timed as they come, and where others of
/// them decide. Throws UsageError where two of them want different numbers of samples.
std::vector<IgnoredFlag> ignored_by_timing(const PlannedCase& planned, const TimingOptions& timing);

}  // namespace lanemark
