// SPDX-License-Identifier: MIT

#include "bench/commands/baseline.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "bench/commands/baseline_flags.hpp"
#include "bench/commands/command.hpp"
#include "bench/commands/launches_to_keep.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/record/same_build.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

class BaselineCommand final : public RecordsCommand {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(1);
    CLI::App& add = *app.add_subcommand("add", "add launches to the baseline of their machine");
    add.add_option("files", options_.files, "records (*.jsonl), or folders of them")->required();
    CLI::App& list = *app.add_subcommand("list", "machines that there are baselines of");
    CLI::App& show = *app.add_subcommand("show", "launches, noise floors and medians");
    CLI::App& prune = *app.add_subcommand("prune", "drop all but the latest launches");
    for (CLI::App* one : {&show, &prune}) {
      one->add_option("fingerprint", options_.fingerprint_id, "of which machine; the beginning of its id is enough");
    }
    prune.add_option("--keep", options_.keep, "launches that stay")->capture_default_str();
    for (CLI::App* one : {&add, &list, &show, &prune}) add_baselines_option(*one, options_.baselines);
  }
  void accept(const CommandWords& words, const CLI::App& app) override {
    Command::accept(words, app);
    const std::string what = app.get_subcommands().front()->get_name();
    if (what == "add") look_ = baseline_add_command;
    else if (what == "show") look_ = baseline_show_command;
    else if (what == "prune") look_ = baseline_prune_command;
  }

 private:
  ExitCode look() override { return look_(options_); }

  BaselineOptions options_;
  ExitCode (*look_)(const BaselineOptions&) = baseline_list_command;
};

const Registered<CommandEntry> baseline_entry{
    {.name = "baseline",
     .what = "what later runs are compared with",
     .order = 8,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<BaselineCommand>(); }}};

struct Chosen {
  std::vector<Baseline> baselines;
  ExitCode code = ExitCode::ok;  ///< usage where some could not be read
};

[[noreturn]] void refuse_nothing_there(const BaselineOptions& options) {
  throw UsageError(fmt::format("no baseline{} in {}; lanemark baseline add makes one",
                               options.fingerprint_id.empty() ? "" : " " + shown(options.fingerprint_id),
                               options.baselines));
}

Chosen chosen(const BaselineFolder& folder, const BaselineOptions& options) {
  Chosen all;
  for (const std::string& id : folder.ids()) {
    if (!id.starts_with(options.fingerprint_id)) continue;
    try {
      all.baselines.push_back(folder.find(id).value());
    } catch (const UsageError& error) {
      say("{}", error.what());
      all.code = ExitCode::usage;
    }
  }
  if (all.baselines.empty() && all.code == ExitCode::ok) refuse_nothing_there(options);
  return all;
}

}  // namespace

ExitCode baseline_add_command(const BaselineOptions& options) {
  const BaselineFolder folder{options.baselines};
  const std::vector<const Metric*> all = all_metrics();
  bool wrong = false;
  bool any = false;
  for (Evidence& evidence : gather_evidence(record_files(options.files), all)) {
    exclude_empty(evidence);
    wrong = complain_of_wrong_data(evidence) || wrong;
    for (const LaunchSummary& launch : evidence.launches) {
      if (!launch.counts()) say("{} is left out: {}", launch.file, launch.excluded);
    }
    if (evidence.counted() == 0) continue;
    any = true;
    const BaselineFolder::Lock lock = folder.lock();
    std::size_t before = 0;
    const Baseline baseline = folder.update(evidence.fingerprint, [&](Baseline& one) {
      before = one.evidence.launches.size();
      keep(one, evidence);
    });
    const std::size_t added = baseline.evidence.launches.size() - before;
    show_line("{} launch{} added", added, added == 1 ? "" : "es");
    print_line(baseline);
  }
  if (wrong) return ExitCode::wrong_data;
  if (!any) throw NothingMeasured("nothing was added, as none of these launches counts; measure again, and add those");
  return ExitCode::ok;
}

ExitCode baseline_list_command(const BaselineOptions& options) {
  const Chosen all = chosen(BaselineFolder{options.baselines}, options);
  for (const Baseline& baseline : all.baselines) print_line(baseline);
  return all.code;
}

ExitCode baseline_show_command(const BaselineOptions& options) {
  const Chosen all = chosen(BaselineFolder{options.baselines}, options);
  for (const Baseline& baseline : all.baselines) {
    print_line(baseline);
    for (const LaunchSummary& launch : baseline.evidence.launches) {
      show_line("  launch {}  {}  commit {}", launch.launch, launch.started, commit_of(launch.versions));
    }
    for (const auto& [of_class, floor] : baseline.noise.classes()) {
      show_line("  noise {:.2f} %  {} ({} comparisons)", 100 * floor.change, of_class, floor.comparisons);
    }
    const auto times = baseline.evidence.values.find("time");
    if (times == baseline.evidence.values.end()) continue;
    for (const auto& [title, values] : times->second) {
      const std::vector<double> medians = values.values();
      if (medians.empty()) continue;
      const auto floor = baseline.noise.cases().find(title);
      const bool own = floor != baseline.noise.cases().end() && floor->second.steady;
      const std::string noise = own ? fmt::format(", noise {:.2f} %", 100 * floor->second.change) : "";
      show_line("  {:>12}  {} ({} launches{})", value_figure(metric("time"), median(medians)), title, medians.size(),
                noise);
    }
  }
  return all.code;
}

ExitCode baseline_prune_command(const BaselineOptions& options) {
  const BaselineFolder folder{options.baselines};
  if (options.keep < 1) throw UsageError("--keep must be at least 1");
  if (folder.ids().empty()) refuse_nothing_there(options);  // the lock makes the folder where there is none
  const BaselineFolder::Lock lock = folder.lock();
  Chosen all = chosen(folder, options);
  for (Baseline& baseline : all.baselines) {
    const std::size_t before = baseline.evidence.launches.size();
    keep_latest(baseline, static_cast<std::size_t>(options.keep));
    folder.put(baseline);
    show_line("{} launches dropped", before - baseline.evidence.launches.size());
    print_line(baseline);
  }
  return all.code;
}

}  // namespace lanemark
