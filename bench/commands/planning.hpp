// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/commands/measuring_line.hpp"
#include "bench/engine/runner.hpp"
#include "bench/engine/suite.hpp"

// From what was asked for as text to what is measured.

namespace lanemark {

/// What the suites plan with. Throws UsageError. Collective over `world`, as backends ask the other ranks.
SuiteContext make_context(const MeasuringLine& command_line, const World& world, Communicators& communicators);

/// What is measured where no --backend is given: one that cannot serve ranks which share a GPU is left out, with a
/// sentence that says why.
struct DefaultBackends {
  std::vector<std::string> names;
  std::string left_out{};  ///< empty where none is
};
/// Collective over `world`; the same on all ranks.
DefaultBackends default_backends(const World& world);

/// How cases are timed. Throws UsageError.
RunnerOptions runner_options(const MeasuringLine& command_line);

/// The cases of the suites asked for that the filter finds, each once. Throws UsageError where there is none, where a
/// record cannot hold one, and on a flag that does nothing for any. Local.
std::vector<PlannedCase> plan(MeasuringLine& command_line, const SuiteContext& context);

}  // namespace lanemark
