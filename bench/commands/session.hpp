// SPDX-License-Identifier: MIT

#pragma once

#include "bench/commands/measuring_line.hpp"
#include "bench/engine/watchdog.hpp"
#include "bench/measurement/exit_code.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// `lanemark run`, `quick` and `list`: plans, measures, records, reports. Collective. Throws UsageError, the same on
/// all ranks, before anything is measured.
ExitCode run_suites(MeasuringLine& command_line, const std::vector<std::string>& arguments, const World& world,
                    Watchdog& watchdog);

}  // namespace lanemark
