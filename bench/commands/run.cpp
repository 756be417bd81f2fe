// SPDX-License-Identifier: MIT

#include "bench/commands/launch_plan.hpp"
#include "bench/commands/measuring_command.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

class RunCommand final : public MeasuringCommand {
 public:
  RunCommand() : MeasuringCommand{Purpose::run} {}

 private:
  [[nodiscard]] std::optional<int> start_launches(const MeasuringLine& line) const override {
    if (!line.options.launches) return std::nullopt;
    return run_launches(plan_launches(line)).code;
  }
};

const Registered<CommandEntry> run_entry{
    {.name = "run",
     .what = "measure suites; under mpirun, or with --launches",
     .order = 0,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<RunCommand>(); }}};

}  // namespace
}  // namespace lanemark
