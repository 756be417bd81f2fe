// SPDX-License-Identifier: MIT

#include "bench/commands/history.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "bench/commands/command.hpp"
#include "bench/files/output_file.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/gate/distinct_machines.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/history.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/record/store.hpp"
#include "bench/report/history.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// As many permutations as such an alpha needs.
ChangePointOptions change_options(double alpha) {
  constexpr double least = 1e-4;  // each value costs a permutation of the series
  if (!(alpha >= least && alpha < 1)) {
    throw UsageError(fmt::format("--alpha {}: must be from {} to below 1, e.g. 0.05", alpha, least));
  }
  ChangePointOptions options;
  options.alpha = alpha;
  const auto needed = static_cast<std::size_t>(std::ceil(1 / alpha));
  options.permutations = std::max(options.permutations, needed);
  return options;
}

/// By ids that a machine has in all records, whichever fields they have.
void name_machines(std::vector<HistoryInput>& inputs) {
  std::vector<Fingerprint> machines;
  machines.reserve(inputs.size());
  for (const HistoryInput& one : inputs) machines.push_back(one.fingerprint);
  machines = unified(std::move(machines));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool as_before = i > 0 && machines[i] == machines[i - 1];
    inputs[i].fingerprint_id = as_before ? inputs[i - 1].fingerprint_id : id(machines[i]);
  }
}

class HistoryCommand final : public RecordsCommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("files", options_.files, "records (*.jsonl), or folders of them")->required();
    app.add_option("--case", options_.cases, "regular expression over case names; -X leaves X out");
    app.add_option("--metric", options_.metric, "time, p99, busbw, samples_per_second …")->capture_default_str();
    app.add_option("--csv", options_.csv,
                   "file for the same as CSV; - is standard output, the text goes to standard error then");
    app.add_option("--alpha", options_.alpha, "share of series without a change in which one is seen")
        ->capture_default_str();
  }

 private:
  ExitCode look() override { return history_command(options_); }

  HistoryOptions options_;
};

const Registered<CommandEntry> history_entry{
    {.name = "history",
     .what = "cases over the commits of many records, and where they changed",
     .order = 5,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<HistoryCommand>(); }}};

}  // namespace

ExitCode history_command(const HistoryOptions& options) {
  const Metric& chosen = metric(options.metric);
  const ChangePointOptions change_point_options = change_options(options.alpha);
  const CaseFilter cases{options.cases};
  if (!options.csv.empty() && options.csv != "-") require_writable(options.csv);
  std::vector<HistoryInput> inputs;
  bool any = false;
  DistinctMachines distinct;
  for (const std::filesystem::path& file : record_files(options.files)) {
    Launch launch;
    try {
      launch = read_launch(file);
    } catch (const Unborn& error) {
      pass_over_unborn(file, error);
      continue;
    }
    for (const Measurement& m : launch.measurements) {
      if (m.verdict.kind != Verdict::Kind::wrong || !cases(name(m.what))) continue;
      say("{}: wrong data in {}, left out", file.string(), name(m.what));
    }
    std::string why = why_excluded(launch, launch.complete());
    if (why.empty() && exit_code_of(launch.measurements) == ExitCode::incomplete) why = nothing_in_it;
    if (!why.empty()) {
      say("{} is left out: {}", file.string(), why);
      continue;
    }
    any = true;
    distinct.see(launch.header.fingerprint, file.string());
    std::ranges::move(history_inputs(launch, chosen, cases), std::back_inserter(inputs));
  }
  if (!any) throw NothingMeasured("none of these launches counts, so there is no history; measure again");
  if (inputs.empty()) {
    throw UsageError(fmt::format("no case{} has a {} in these files; lanemark report shows what they have",
                                 options.cases.empty() ? "" : " that matches " + in_quotes(options.cases),
                                 chosen.name));
  }
  name_machines(inputs);
  const std::vector<Series> all = histories(std::move(inputs), change_point_options);
  // A program may read the CSV from standard output.
  const bool to_program = options.csv == "-";
  show(to_program ? StandardStream::error : StandardStream::output,
       fmt::format("{}Each series by itself is looked at with a false-alarm rate of {:g} %.\n", history_text(all),
                   100 * options.alpha));
  if (to_program) show(history_csv(all));
  else if (!options.csv.empty()) write_output(options.csv, history_csv(all));
  return ExitCode::ok;
}

}  // namespace lanemark
