#include "bench/gate/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <unistd.h>

#include "bench/gate/baseline.hpp"
#include "bench/gate/calibration.hpp"
#include "bench/gate/confirmation.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/rules.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/google_benchmark.hpp"
#include "bench/launcher.hpp"
#include "bench/options.hpp"
#include "bench/record/durable_file.hpp"
#include "bench/record/store.hpp"
#include "bench/report/gate/colour.hpp"
#include "bench/report/gate/output.hpp"
#include "bench/report/gate/text.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// Where an output goes.
struct Destination {
  const GateOutput* output;
  std::string file;
};

/// The options of a comparison, checked before anything is read.
struct Comparison {
  GateOptions gate;
  std::vector<const Metric*> metrics;
  std::vector<Destination> destinations;
  std::string summary;  ///< file that GitHub shows; empty for none
  TextOptions text;
};

const char* environment(const char* name) { return std::getenv(name); }

Comparison checked(const ComparisonOptions& options) {
  Comparison comparison;
  if (!(options.alpha > 0 && options.alpha < 1)) {
    throw UsageError(fmt::format("--alpha {}: must be above 0 and below 1, e.g. 0.01", options.alpha));
  }
  comparison.gate.alpha = options.alpha;
  comparison.gate.minimum_effect = parse_share(options.minimum_effect, "--min-effect");
  for (const std::string& one : options.metrics) {
    const Metric* const named = &metric(one);
    if (std::ranges::find(comparison.metrics, named) == comparison.metrics.end()) comparison.metrics.push_back(named);
  }
  static_cast<void>(matches("", options.filter));
  for (const std::string& one : options.outputs) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals + 1 == one.size()) {
      throw UsageError(fmt::format("--output {}: give NAME=FILE, e.g. junit=gate.xml; - is standard output", one));
    }
    comparison.destinations.push_back(
        {&Registry<GateOutput>::get("output", one.substr(0, equals)), one.substr(equals + 1)});
  }
  if (options.github) {
    const char* const summary = environment("GITHUB_STEP_SUMMARY");
    if (summary == nullptr || *summary == '\0') {
      throw UsageError(
          "--github, but GITHUB_STEP_SUMMARY is not set: this is no step of a GitHub workflow; use --output");
    }
    comparison.summary = summary;
    comparison.destinations.push_back({&Registry<GateOutput>::get("output", "github-annotations"), "-"});
  }
  comparison.text.verbose = options.verbose;
  comparison.text.colour =
      use_colour(colour_from(options.colour), environment, ::isatty(STDOUT_FILENO) == 1, under_launcher());
  return comparison;
}

std::vector<std::filesystem::path> files_of(const std::vector<std::string>& paths) {
  const std::vector<std::filesystem::path> all(paths.begin(), paths.end());
  return record_files(all);
}

void keep_matching(Evidence& evidence, const std::string& filter) {
  if (filter.empty()) return;
  for (auto& [metric, cases] : evidence.values) {
    std::erase_if(cases, [&](const auto& one) { return !matches(one.first, filter); });
  }
}

/// A file is replaced whole; what is no plain file (a pipe, a device, a link) is written to and stays what it is.
void write_output(const std::filesystem::path& path, const std::string& text) {
  std::error_code status;
  const std::filesystem::file_type type = std::filesystem::symlink_status(path, status).type();
  if (type == std::filesystem::file_type::not_found || type == std::filesystem::file_type::regular) {
    replace_file(path, text);
    return;
  }
  std::ofstream file{path, std::ios::binary};
  file << text << std::flush;
  if (!file) throw UsageError(fmt::format("cannot write {}", path.string()));
}

/// Refuses to let a mistyped filter, or a metric that no case has, pass as a comparison in which nothing got worse.
void require_cases(std::span<const Judgement> judgements, const ComparisonOptions& options) {
  const auto says_something = [](const Judgement& one) {
    return !one.cases.empty() || !one.rules.empty() ||
           std::ranges::none_of(one.run, [](const LaunchSummary& launch) { return launch.excluded.empty(); });
  };
  if (std::ranges::any_of(judgements, says_something)) return;
  throw UsageError(fmt::format("no case{} has {}, so nothing can be compared",
                               options.filter.empty() ? "" : fmt::format(" that matches '{}'", options.filter),
                               fmt::join(options.metrics, " or ")));
}

void say(const Comparison& comparison, std::span<const Judgement> judgements) {
  fmt::print("{}", gate_text(judgements, comparison.text));
  for (const Destination& one : comparison.destinations) {
    const std::string text = one.output->render(judgements);
    if (one.file == "-") fmt::print("{}", text);
    else write_output(one.file, text);
  }
  if (!comparison.summary.empty()) {
    std::ofstream file{comparison.summary, std::ios::binary | std::ios::app};
    file << Registry<GateOutput>::get("output", "markdown").render(judgements) << std::flush;
    if (!file) throw Error(fmt::format("cannot write to {}, where GitHub looks for the summary", comparison.summary));
  }
  std::fflush(stdout);
}

/// The gravest of the judgements. Nothing can be said of launches none of which counts, nor by comparison with such.
ExitCode code_of(std::span<const Judgement> judgements, bool strict) {
  constexpr ExitCode gravest_first[] = {ExitCode::wrong_data, ExitCode::regression, ExitCode::incomplete,
                                        ExitCode::undecided};
  std::vector<ExitCode> codes;
  for (const Judgement& one : judgements) {
    codes.push_back(exit_code(one, strict));
    const auto counts = [](const LaunchSummary& launch) { return launch.excluded.empty(); };
    const bool base_is_void = !one.base.empty() && std::ranges::none_of(one.base, counts);
    if (base_is_void || std::ranges::none_of(one.run, counts)) codes.push_back(ExitCode::incomplete);
  }
  for (const ExitCode code : gravest_first) {
    if (std::ranges::find(codes, code) != codes.end()) return code;
  }
  return ExitCode::ok;
}

/// Of launches on one machine that count, for absolute rules.
std::vector<Measurement> measurements_of(const Evidence& evidence, const std::string& filter) {
  std::vector<Measurement> all;
  for (const LaunchSummary& launch : evidence.launches) {
    if (!launch.excluded.empty()) continue;
    for (Measurement& m : read_launch(launch.file).measurements) {
      if (matches(name(m.what), filter)) all.push_back(std::move(m));
    }
  }
  return all;
}

std::vector<Baseline> chosen(const BaselineFolder& folder, const BaselineOptions& options) {
  std::vector<Baseline> all;
  for (const std::string& id : folder.ids()) {
    if (id.starts_with(options.fingerprint_id)) all.push_back(*folder.find(id));
  }
  if (all.empty()) {
    throw UsageError(fmt::format("no baseline{} in {}; lanemark baseline add makes one",
                                 options.fingerprint_id.empty() ? "" : " " + options.fingerprint_id,
                                 options.baselines));
  }
  return all;
}

std::string machine(const Fingerprint& fingerprint) {
  const std::string nodes = fingerprint.nodes == 1 ? "" : fmt::format("{} nodes of ", fingerprint.nodes);
  if (fingerprint.gpus == 0) return fmt::format("{}{} with {} cores", nodes, fingerprint.cpu, fingerprint.cores);
  return fmt::format("{}{} x {}{}", nodes, fingerprint.gpus_per_node, fingerprint.gpu,
                     fingerprint.link.empty() ? "" : ", " + fingerprint.link);
}

void print_line(const Baseline& baseline) {
  const Evidence& evidence = baseline.evidence;
  fmt::print("{}  {}, {} rank{} a node: {} launches, {} cases, {}\n", evidence.fingerprint_id,
             machine(evidence.fingerprint), evidence.fingerprint.ranks_per_node,
             evidence.fingerprint.ranks_per_node == 1 ? "" : "s", evidence.launches.size(), evidence.cases.size(),
             baseline.calibrated.empty() ? "not calibrated" : "calibrated " + baseline.calibrated);
}

std::vector<const Metric*> all_metrics() {
  std::vector<const Metric*> all;
  for (const Metric& one : metrics()) all.push_back(&one);
  return all;
}

}  // namespace

ExitCode gate_command(const GateCommandOptions& options) {
  const Comparison comparison = checked(options.comparison);
  const std::optional<Rules> rules = options.rules.empty() ? std::nullopt : std::optional{read_rules(options.rules)};
  const BaselineFolder folder{options.baselines};
  std::vector<Judgement> judgements;
  for (Evidence& run : gather(files_of(options.run), comparison.metrics)) {
    keep_matching(run, options.comparison.filter);
    std::optional<Baseline> base = folder.find(run.fingerprint_id);
    if (base) keep_matching(base->evidence, options.comparison.filter);
    Judgement judgement = judge(base ? &*base : nullptr, run, comparison.gate);
    if (!base) judgement.nearest = folder.nearest(run.fingerprint);
    // Where no launch counts, that is what is wrong, and not that no case fulfils a rule.
    if (rules && run.counted() > 0) judgement.rules = evaluate(*rules, measurements_of(run, options.comparison.filter));
    if (base && options.confirm > 0) {
      confirm(judgement, *base, {options.confirm, options.results, comparison.metrics});
    }
    judgements.push_back(std::move(judgement));
  }
  require_cases(judgements, options.comparison);
  say(comparison, judgements);
  return code_of(judgements, options.comparison.strict);
}

ExitCode compare_command(const CompareOptions& options) {
  const Comparison comparison = checked(options.comparison);
  const auto only = [&](const std::string& path) {
    std::vector<Evidence> all = gather(files_of({path}), comparison.metrics);
    if (all.size() != 1) {
      throw UsageError(fmt::format("{} holds launches on {} kinds of machine; compare those of one", path, all.size()));
    }
    keep_matching(all.front(), options.comparison.filter);
    return std::move(all.front());
  };
  const Evidence before = only(options.base);
  const Evidence run = only(options.run);
  if (before.fingerprint_id != run.fingerprint_id) {
    throw UsageError(
        fmt::format("{} ran on {}, {} on {}: not the same kind of machine, so their times say nothing about "
                    "the builds",
                    options.base, machine(before.fingerprint), options.run, machine(run.fingerprint)));
  }
  Baseline base;
  add(base, before);
  if (!options.baselines.empty()) {
    if (const std::optional<Baseline> known = BaselineFolder{options.baselines}.find(run.fingerprint_id)) {
      base.noise = known->noise;
    }
  }
  Judgement judgement = judge(&base, run, comparison.gate);
  judgement.base = before.launches;
  require_cases({&judgement, 1}, options.comparison);
  say(comparison, {&judgement, 1});
  return code_of({&judgement, 1}, options.comparison.strict);
}

ExitCode baseline_add_command(const BaselineOptions& options) {
  const BaselineFolder folder{options.baselines};
  const std::vector<const Metric*> all = all_metrics();
  for (const Evidence& evidence : gather(files_of(options.files), all)) {
    Baseline baseline = folder.find(evidence.fingerprint_id).value_or(Baseline{});
    const std::size_t before = baseline.evidence.launches.size();
    for (const LaunchSummary& launch : evidence.launches) {
      if (!launch.excluded.empty()) fmt::print(stderr, "lanemark: {} is left out: {}\n", launch.file, launch.excluded);
    }
    add(baseline, evidence);
    if (baseline.evidence.launches.empty()) continue;
    folder.put(baseline);
    fmt::print("{} launch{} added\n", baseline.evidence.launches.size() - before,
               baseline.evidence.launches.size() - before == 1 ? "" : "es");
    print_line(baseline);
  }
  return ExitCode::ok;
}

ExitCode baseline_list_command(const BaselineOptions& options) {
  for (const Baseline& baseline : chosen(BaselineFolder{options.baselines}, options)) print_line(baseline);
  return ExitCode::ok;
}

ExitCode baseline_show_command(const BaselineOptions& options) {
  for (const Baseline& baseline : chosen(BaselineFolder{options.baselines}, options)) {
    print_line(baseline);
    for (const LaunchSummary& launch : baseline.evidence.launches) {
      const auto commit = launch.versions.find("commit");
      fmt::print("  launch {}  {}  commit {}\n", launch.launch, launch.started,
                 commit == launch.versions.end() ? "unknown" : commit->second);
    }
    for (const auto& [of_class, floor] : baseline.noise) {
      fmt::print("  noise {:.2f} %  {} ({} comparisons)\n", 100 * floor.change, of_class, floor.comparisons);
    }
    const auto times = baseline.evidence.values.find("time");
    if (times == baseline.evidence.values.end()) continue;
    for (const auto& [title, values] : times->second) {
      std::vector<double> sorted = values.values();
      if (sorted.empty()) continue;
      std::ranges::sort(sorted);
      fmt::print("  {:>12}  {} ({} launches)\n", value_figure(metric("time"), sorted[sorted.size() / 2]), title,
                 sorted.size());
    }
  }
  return ExitCode::ok;
}

ExitCode baseline_prune_command(const BaselineOptions& options) {
  const BaselineFolder folder{options.baselines};
  if (options.keep < 1) throw UsageError("--keep must be at least 1");
  for (Baseline& baseline : chosen(folder, options)) {
    const std::size_t before = baseline.evidence.launches.size();
    keep_latest(baseline, options.keep);
    folder.put(baseline);
    fmt::print("{} launches dropped\n", before - baseline.evidence.launches.size());
    print_line(baseline);
  }
  return ExitCode::ok;
}

ExitCode calibrate_command(const CalibrateOptions& options) {
  if (options.window < 2) throw UsageError("--window must be at least 2 launches");
  const BaselineFolder folder{options.baselines};
  const std::vector<const Metric*> all = all_metrics();
  for (const Evidence& evidence : gather(files_of(options.files), all)) {
    Baseline baseline = folder.find(evidence.fingerprint_id).value_or(Baseline{});
    baseline.noise = noise_floors(evidence, {.launches = static_cast<std::size_t>(options.window)});
    baseline.calibrated = utc_now();
    if (baseline.evidence.launches.empty()) add(baseline, evidence);
    folder.put(baseline);
    print_line(baseline);
    for (const auto& [of_class, floor] : baseline.noise) {
      fmt::print("  {:.2f} %  {} ({} comparisons)\n", 100 * floor.change, of_class, floor.comparisons);
    }
  }
  return ExitCode::ok;
}

}  // namespace lanemark
