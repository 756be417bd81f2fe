#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>

#include "bench/gate/evidence.hpp"
#include "bench/gate/history.hpp"
#include "bench/record/durable_file.hpp"
#include "bench/record/store.hpp"
#include "bench/report/gate/characters.hpp"
#include "bench/statistics/quantile.hpp"

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

}  // namespace

std::vector<HistoryInput> history_inputs(const Launch& launch, const Metric& metric, const CaseFilter& cases) {
  std::map<std::string, std::vector<double>> repetitions;
  for (const Measurement& m : launch.measurements) {
    const std::string case_name = name(m.what);
    if (!cases(case_name)) continue;
    if (const std::optional<double> value = metric.of(m)) repetitions[case_name].push_back(*value);
  }
  const LaunchHeader& header = launch.header;
  const auto commit = header.versions.find("commit");
  std::vector<HistoryInput> inputs;
  inputs.reserve(repetitions.size());
  for (auto& [case_name, values] : repetitions) {
    inputs.push_back({.launch = header.launch,
                      .started = header.started,
                      .commit = commit == header.versions.end() ? "unknown" : commit->second,
                      .fingerprint_id = header.fingerprint_id,
                      .name = case_name,
                      .metric = &metric,
                      .value = median(std::move(values))});
  }
  return inputs;
}

ExitCode history_command(const HistoryOptions& options) {
  const Metric& chosen = metric(options.metric);
  const ChangePointOptions change_point_options = change_options(options.alpha);
  const CaseFilter cases{options.cases};
  if (!options.csv.empty() && options.csv != "-") require_writable(options.csv);
  std::vector<HistoryInput> inputs;
  for (const std::filesystem::path& file : record_files(options.files)) {
    Launch launch;
    try {
      launch = read_launch(file);
    } catch (const UsageError& error) {
      pass_over_unborn(file, error);
      continue;
    }
    if (const std::string why = why_excluded(launch, launch.complete()); !why.empty()) {
      fmt::print(stderr, "lanemark: {} is left out: {}\n", file.string(), one_line(why));
      continue;
    }
    for (const Measurement& m : launch.measurements) {
      if (m.verdict.kind != Verdict::Kind::wrong || !cases(name(m.what))) continue;
      fmt::print(stderr, "lanemark: {}: wrong data in {}, left out\n", file.string(), one_line(name(m.what)));
    }
    std::ranges::move(history_inputs(launch, chosen, cases), std::back_inserter(inputs));
  }
  if (inputs.empty()) {
    throw UsageError(
        fmt::format("no case that matches '{}' has a {} in these files; lanemark report shows what they have",
                    options.cases, chosen.name));
  }
  const std::vector<Series> all = histories(std::move(inputs), change_point_options);
  // A program may read the CSV from standard output.
  const bool to_program = options.csv == "-";
  fmt::print(to_program ? stderr : stdout, "{}Each series by itself is looked at with a false-alarm rate of {:g} %.\n",
             history_text(all), 100 * options.alpha);
  if (to_program) fmt::print("{}", history_csv(all));
  else if (!options.csv.empty()) write_output(options.csv, history_csv(all));
  return ExitCode::ok;
}

}  // namespace lanemark
