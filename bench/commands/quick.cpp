// SPDX-License-Identifier: MIT

#include "bench/commands/measuring_command.hpp"
#include "bench/launching/launcher.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

class QuickCommand final : public MeasuringCommand {
 public:
  QuickCommand() : MeasuringCommand{Purpose::quick} {}

 private:
  [[nodiscard]] std::optional<int> start_launches(const MeasuringLine& line) const override {
    const int given = line.options.processes;
    return run_under_mpirun(given > 0 ? given : usual_processes(), words(launch_command(line)));
  }
};

const Registered<CommandEntry> quick_entry{
    {.name = "quick",
     .what = "the main job in under two minutes; starts mpirun itself",
     .order = 1,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<QuickCommand>(); }}};

}  // namespace
}  // namespace lanemark
