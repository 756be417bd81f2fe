// SPDX-License-Identifier: MIT

#pragma once

#include "bench/commands/measuring_line.hpp"
#include "bench/launching/launches.hpp"

namespace lanemark {

/// What `lanemark run … --launches N` asks for. Throws UsageError where launches cannot honour a flag.
LaunchPlan plan_launches(const MeasuringLine& parsed);

/// For a process that a launcher started. Throws UsageError, with the loop that does it, where it is asked to start
/// launches itself, or ranks.
void refuse_launches_under_launcher(const MeasuringLine& line);

/// The same of another command's flag that starts launches.
[[noreturn]] void refuse_under_launcher(std::string_view flag);

}  // namespace lanemark
