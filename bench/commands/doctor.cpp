// SPDX-License-Identifier: MIT

#include "bench/doctor/doctor.hpp"

#include "bench/commands/command.hpp"
#include "bench/commands/measuring_flags.hpp"
#include "bench/engine/wait_for_root.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/launching/device_choice.hpp"
#include "bench/measurement/exit_code.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

class DoctorCommand final : public Command {
 public:
  void declare(CLI::App& app) override { add_timeout_option(app, timeout_); }
  void accept(const CommandWords& words, const CLI::App& app) override {
    Command::accept(words, app);
    require_timeout(timeout_);
  }
  [[nodiscard]] double timeout() const override { return timeout_; }
  std::optional<int> run_alone() override { return std::nullopt; }
  ExitCode run_together(const World& control, Watchdog& watchdog) override {
    watchdog.watch("examining the machine");
    const auto rank = static_cast<std::size_t>(control.rank());
    const DeviceChoice near = nearest_devices(control.places(), gather_views(control, visible_gpus())).at(rank);
    const World world{control.comm(), near.device, near.identity};
    const Diagnosis diagnosis = diagnose(world);
    show_on_root(world, watchdog, [&] { show(diagnosis.text); });
    return checked_together(ExitCode::ok, world, watchdog);
  }

 private:
  double timeout_ = usual_timeout;
};

const Registered<CommandEntry> doctor_entry{
    {.name = "doctor",
     .what = "what this machine has and lacks, with cures",
     .order = 3,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<DoctorCommand>(); }}};

}  // namespace
}  // namespace lanemark
