// SPDX-License-Identifier: MIT

#include "bench/commands/measuring_command.hpp"

#include "bench/commands/launch_plan.hpp"
#include "bench/commands/session.hpp"
#include "bench/commands/size_options.hpp"
#include "bench/measurement/exit_code.hpp"

namespace lanemark {

void MeasuringCommand::accept(const CommandWords& words, const CLI::App& app) {
  lanemark::accept(app, heeding_environment(words.of_google_benchmark), line_);
  words_ = words.all;
}

void MeasuringCommand::require_no_launcher() const { refuse_launches_under_launcher(line_); }

std::optional<int> MeasuringCommand::run_alone() {
  take_sizes_file(line_);
  const std::optional<int> code = start_launches(line_);
  if (!code) return std::nullopt;
  return static_cast<int>(checked_output(static_cast<ExitCode>(*code)));
}

ExitCode MeasuringCommand::run_together(const World& control, Watchdog& watchdog) {
  watchdog.watch("reading the sizes");
  take_sizes_file(line_, control);
  // Which may come from the environment, of which not every rank need have the same.
  int& repetitions = line_.options.google_benchmark.reports.repetitions;
  repetitions = std::stoi(control.broadcast(std::to_string(repetitions)));
  watchdog.watch("choosing a device");
  const DeviceChoice chosen = choose_device(line_.options.device, control, visible_gpus());
  watchdog.watch("bringing the ranks together");
  const World world{control.comm(), chosen.device, chosen.identity};
  // A record names no file.
  const std::vector<std::string> recorded = line_.options.sizes_file.empty() ? words_ : words(launch_command(line_));
  return checked_together(run_suites(line_, recorded, world, watchdog), world, watchdog);
}

}  // namespace lanemark
