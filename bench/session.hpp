#pragma once

#include "bench/options.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// The device of this rank. Throws UsageError where the ranks of this node are more than its GPUs. Local.
Device choose_device(const Options& options, const LocalPlace& place);

/// `lanemark run`, `quick` and `list`: plans, measures, records, reports. Collective. Throws UsageError, the same on
/// all ranks, before anything is measured.
ExitCode run_suites(ParsedCommandLine& command_line, const std::vector<std::string>& arguments, const World& world);

/// Throws `problem`'s UsageError on all ranks if `work` throws one on any. Collective.
void agreed(const World& world, const std::function<void()>& work);

}  // namespace lanemark
