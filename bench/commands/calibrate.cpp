// SPDX-License-Identifier: MIT

#include "bench/commands/calibrate.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <span>

#include "bench/commands/baseline_flags.hpp"
#include "bench/commands/command.hpp"
#include "bench/commands/launch_plan.hpp"
#include "bench/commands/launches_to_keep.hpp"
#include "bench/commands/relaunch.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/calibration.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/record/launch.hpp"
#include "bench/text/quantities.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// Records of more launches like those of these.
std::vector<std::filesystem::path> measured_again(std::span<const std::filesystem::path> files,
                                                  const CalibrateOptions& options) {
  std::set<LaunchKind> kinds;
  Seconds timeout{0};
  for (const Evidence& evidence : gather_evidence(files, {})) {
    timeout = std::max(timeout, relaunch_timeout(options.relaunch_timeout, evidence.launches));
    for (const LaunchSummary& launch : evidence.launches) {
      try {
        require_the_same(launch);
        kinds.insert(kind_of(launch, evidence.fingerprint));
      } catch (const Error& error) {
        throw UsageError(fmt::format("--launches: {}", error.what()));
      }
    }
  }
  const std::filesystem::path results = results_beside(options.results, options.files.front(), "calibrate");
  std::vector<std::filesystem::path> records;
  for (const LaunchKind& kind : kinds) {
    std::ranges::move(relaunch(kind, {.launches = options.launches, .results = results, .timeout = timeout}),
                      std::back_inserter(records));
  }
  return records;
}

class CalibrateCommand final : public RecordsCommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("files", options_.files, "records of lanemark run …, or folders of them")->required();
    app.add_option("--window", options_.window, "launches on each side of a comparison")->capture_default_str();
    CLI::Option* launches =
        app.add_option("--launches", options_.launches, "measure so often again, as the records' launches did")
            ->check(CLI::Range(1, 1000));
    add_relaunch_timeout(app, options_.relaunch_timeout)->needs(launches);
    app.add_option("--results", options_.results, "folder of those launches; RUN-calibrate beside RUN");
    add_baselines_option(app, options_.baselines);
  }
  void accept(const CommandWords& words, const CLI::App& app) override {
    Command::accept(words, app);
    if (!options_.relaunch_timeout.empty()) parse_duration(options_.relaunch_timeout);
  }
  void require_no_launcher() const override {
    if (options_.launches > 0) refuse_under_launcher("--launches");
  }

 private:
  ExitCode look() override { return calibrate_command(options_); }

  CalibrateOptions options_;
};

const Registered<CommandEntry> calibrate_entry{
    {.name = "calibrate",
     .what = "noise floors from many launches of one build, stored with the baseline",
     .order = 9,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<CalibrateCommand>(); }}};

}  // namespace

ExitCode calibrate_command(const CalibrateOptions& options) {
  if (options.window < 2) throw UsageError("--window must be at least 2 launches");
  const BaselineFolder folder{options.baselines};
  const std::vector<const Metric*> all = all_metrics();
  std::vector<std::filesystem::path> files = record_files(options.files);
  folder.require_writable();  // before anything is measured
  try {
    if (options.launches > 0) std::ranges::move(measured_again(files, options), std::back_inserter(files));
  } catch (const NoRelaunch& error) {
    say("{}", error.what());
    return error.code();
  }
  bool wrong = false;
  bool any = false;
  for (Evidence& evidence : gather_evidence(files, all)) {
    exclude_empty(evidence);
    if (complain_of_wrong_data(evidence)) {
      wrong = true;
      continue;
    }
    if (evidence.counted() == 0) continue;
    any = true;
    const NoiseFloors floors = noise_floors(evidence, {.launches = static_cast<std::size_t>(options.window)});
    const BaselineFolder::Lock lock = folder.lock();
    print_line(folder.update(evidence.fingerprint, [&](Baseline& one) {
      one.noise.merge(floors);
      one.calibrated = utc_now();
      if (one.evidence.launches.empty()) keep(one, evidence);
    }));
    if (const std::size_t counted = evidence.counted(); counted / 2 < static_cast<std::size_t>(options.window)) {
      show_line("  windows of {} launches instead of {}, as {} count", counted / 2, options.window, counted);
    }
    const bool steady = std::ranges::all_of(floors.cases(), [](const auto& one) { return one.second.steady; });
    for (const auto& [of, floor] : steady ? floors.cases() : floors.classes()) {
      show_line("  {:.2f} %  {} ({} comparisons)", 100 * floor.change, of, floor.comparisons);
    }
    if (!steady) {
      show_line("  of classes of cases; from {} launches on each case has a floor of its own", 3 * options.window);
    }
  }
  if (wrong) return ExitCode::wrong_data;
  if (!any)
    throw NothingMeasured("nothing was calibrated, as none of these launches counts; measure again, and use those");
  return ExitCode::ok;
}

}  // namespace lanemark
