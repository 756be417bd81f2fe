// SPDX-License-Identifier: MIT

#include "bench/commands/gate.hpp"

#include <CLI/CLI.hpp>

#include <optional>

#include "bench/commands/baseline_flags.hpp"
#include "bench/commands/command.hpp"
#include "bench/commands/confirmation.hpp"
#include "bench/commands/launch_plan.hpp"
#include "bench/commands/relaunch.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/rules.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/record/store.hpp"
#include "bench/text/quantities.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// Of launches on one machine that count, for absolute rules.
std::vector<Measurement> measurements_of(const Evidence& evidence, const CaseFilter& filter) {
  std::vector<Measurement> all;
  for (const LaunchSummary& launch : evidence.launches) {
    if (!launch.counts()) continue;
    for (Measurement& m : read_launch(launch.file).measurements) {
      if (filter(name(m.what))) all.push_back(std::move(m));
    }
  }
  return all;
}

class GateCommand final : public RecordsCommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("run", options_.run, "records (*.jsonl), or folders of them")->required();
    add_baselines_option(app, options_.baselines);
    app.add_option("--rules", options_.rules, "a file of absolute rules, e.g. results/rules/h200-x4-nvlink.json");
    CLI::Option* confirm =
        app.add_option("--confirm", options_.confirm, "run what has regressed again, in so many launches")
            ->check(CLI::Range(1, 1000));
    add_relaunch_timeout(app, options_.relaunch_timeout)->needs(confirm);
    app.add_option("--results", options_.results, "folder of those launches; RUN-confirm beside the run's folder");
    add_comparing_options(app, options_.comparison);
  }
  void accept(const CommandWords& words, const CLI::App& app) override {
    Command::accept(words, app);
    if (!options_.relaunch_timeout.empty()) parse_duration(options_.relaunch_timeout);
  }
  void require_no_launcher() const override {
    if (options_.confirm > 0) refuse_under_launcher("--confirm");
  }

 private:
  ExitCode look() override { return gate_command(options_); }

  GateCommandOptions options_;
};

const Registered<CommandEntry> gate_entry{
    {.name = "gate",
     .what = "did it get worse? records against the baseline of their machine",
     .order = 6,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<GateCommand>(); }}};

}  // namespace

ExitCode gate_command(const GateCommandOptions& options) {
  const Comparison comparison = checked(options.comparison, options.run.front());
  const std::optional<Rules> rules = options.rules.empty() ? std::nullopt : std::optional{read_rules(options.rules)};
  const BaselineFolder folder{options.baselines};
  const std::filesystem::path results =
      options.confirm > 0 ? results_beside(options.results, options.run.front(), "confirm") : std::filesystem::path{};
  std::vector<Judgement> judgements;
  bool met = false;
  for (Evidence& run : gather_evidence(record_files(options.run), comparison.metrics)) {
    exclude_empty(run);
    keep_matching(run, comparison.filter);
    std::optional<Baseline> base = folder.find(run.fingerprint);
    met = met || has_match(run, comparison.filter) || (base && has_match(base->evidence, comparison.filter));
    if (base) {
      if (const std::size_t both = leave_out(*base, run.launches); both > 0) {
        say("{} of the run's launches are in the baseline too, and left out of it", both);
      }
      keep_matching(base->evidence, comparison.filter);
    }
    Judgement judgement = judge(base ? &*base : nullptr, run, comparison.gate);
    if (!base) judgement.nearest = folder.nearest(run.fingerprint);
    // Where no launch counts, that is what is wrong, and not that no case fulfils a rule.
    if (rules && run.counted() > 0) judgement.rules = evaluate(*rules, measurements_of(run, comparison.filter));
    if (base && options.confirm > 0) {
      confirm(judgement, *base, run, {options.confirm, results, comparison.metrics, options.relaunch_timeout});
    }
    judgements.push_back(std::move(judgement));
  }
  if (judgements.empty()) throw NothingMeasured("no launch measured anything; measure again");
  require_match(met, options.comparison.filter);
  require_cases(judgements, options.comparison);
  const bool all_said = say_all(comparison, judgements);
  return code_of(judgements, options.comparison.strict, all_said);
}

}  // namespace lanemark
