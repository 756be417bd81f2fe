// SPDX-License-Identifier: MIT

#pragma once

#include <vector>

#include "bench/commands/recorded_command.hpp"
#include "bench/gate/baseline.hpp"
#include "bench/gate/evidence.hpp"

// From records to a baseline, which is shared.

namespace lanemark {

/// Names the wrong data among the launches. Whether there was any.
bool complain_of_wrong_data(const Evidence& evidence);

/// A baseline keeps what every metric says.
std::vector<const Metric*> all_metrics();

/// Adds them as `add` does, their commands without what is nobody's business (command_to_keep).
void keep(Baseline& baseline, Evidence evidence);

/// Its line in a list of baselines.
void print_line(const Baseline& baseline);

}  // namespace lanemark
