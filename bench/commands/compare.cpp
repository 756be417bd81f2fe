// SPDX-License-Identifier: MIT

#include "bench/commands/compare.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "bench/commands/command.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

class CompareCommand final : public RecordsCommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("base", options_.base, "a record, or a folder of them")->required();
    app.add_option("run", options_.run, "a record, or a folder of them")->required();
    app.add_option("--baselines", options_.baselines, "folder with the machine's noise floors");
    add_comparing_options(app, options_.comparison);
  }

 private:
  ExitCode look() override { return compare_command(options_); }

  CompareOptions options_;
};

const Registered<CommandEntry> compare_entry{
    {.name = "compare", .what = "two sets of launches: BASE RUN", .order = 7, .make = []() -> std::unique_ptr<Command> {
       return std::make_unique<CompareCommand>();
     }}};

}  // namespace

ExitCode compare_command(const CompareOptions& options) {
  const Comparison comparison = checked(options.comparison, options.run);
  if (!options.baselines.empty() && !std::filesystem::is_directory(options.baselines)) {
    throw UsageError(fmt::format("--baselines {}: no such folder; without it a change is judged by --min-effect alone",
                                 options.baselines));
  }
  const auto only = [&](const std::string& path) {
    std::vector<Evidence> all = gather_evidence(record_files({path}), comparison.metrics);
    if (all.empty()) throw NothingMeasured(fmt::format("{}: no launch measured anything; measure again", path));
    if (all.size() != 1) {
      throw UsageError(fmt::format("{} holds launches on {} kinds of machine; compare those of one", path, all.size()));
    }
    exclude_empty(all.front());
    keep_matching(all.front(), comparison.filter);
    return std::move(all.front());
  };
  const Evidence before = only(options.base);
  const Evidence run = only(options.run);
  if (!same_machine(before.fingerprint, run.fingerprint)) {
    throw UsageError(
        fmt::format("{} ran on {}, {} on {}: not the same kind of machine, so their times say nothing about "
                    "the builds",
                    options.base, machine(before.fingerprint), options.run, machine(run.fingerprint)));
  }
  Baseline base{.evidence = before, .noise = {}, .calibrated = {}};
  if (const std::size_t both = leave_out(base, run.launches); both > 0) {
    throw UsageError(fmt::format("{} and {} have {} launch{} in common; compare others", options.base, options.run,
                                 both, both == 1 ? "" : "es"));
  }
  if (!options.baselines.empty()) {
    const std::optional<Baseline> known = BaselineFolder{options.baselines}.find(run.fingerprint);
    if (known) base.noise = known->noise;
    if (base.noise.empty()) {
      say("{} has no noise floors of this machine; lanemark calibrate measures them", options.baselines);
    }
  }
  require_match(has_match(before, comparison.filter) || has_match(run, comparison.filter), options.comparison.filter);
  Judgement judgement = judge(&base, run, comparison.gate);
  judgement.base = before.launches;
  require_cases({&judgement, 1}, options.comparison);
  const bool all_said = say_all(comparison, {&judgement, 1});
  return code_of({&judgement, 1}, options.comparison.strict, all_said);
}

}  // namespace lanemark
