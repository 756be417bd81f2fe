#include "bench/gate/comparison_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <unistd.h>

#include "bench/case_filter.hpp"
#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/confirmation.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/relaunch.hpp"
#include "bench/gate/rules.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/launcher.hpp"
#include "bench/options.hpp"
#include "bench/record/durable_file.hpp"
#include "bench/record/store.hpp"
#include "bench/report/gate/colour.hpp"
#include "bench/report/gate/markdown.hpp"
#include "bench/report/gate/output.hpp"
#include "bench/report/gate/text.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// Where an output goes.
struct Destination {
  const GateOutput* output;
  std::string file;
  bool beside_text = false;  ///< on standard output, which GitHub reads for annotations among all else
};

/// The options of a comparison, checked before anything is read.
struct Comparison {
  GateOptions gate;
  std::vector<const Metric*> metrics;
  std::vector<Destination> destinations;
  std::string summary;  ///< file that GitHub shows; empty for none
  CaseFilter filter;
  TextOptions text;
};

const char* environment(const char* name) { return std::getenv(name); }

std::vector<Destination> destinations(const std::vector<std::string>& outputs) {
  std::vector<Destination> all;
  for (const std::string& one : outputs) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals + 1 == one.size()) {
      throw UsageError(fmt::format("--output {}: give NAME=FILE, e.g. junit=gate.xml; - is standard output", one));
    }
    const std::string file = one.substr(equals + 1);
    if (file != "-") {
      require_writable(file);
      if (std::ranges::find(all, file, &Destination::file) != all.end()) {
        throw UsageError(fmt::format("--output {}: {} is named twice; an output has a file of its own", one, file));
      }
    }
    all.push_back({&Registry<GateOutput>::get("output", one.substr(0, equals)), file});
  }
  return all;
}

Comparison checked(const ComparisonOptions& options) {
  Comparison comparison;
  constexpr double least_alpha = 1e-9;
  if (!(options.alpha >= least_alpha && options.alpha < 1)) {
    throw UsageError(fmt::format("--alpha {}: must be from {} to below 1, e.g. 0.01", options.alpha, least_alpha));
  }
  comparison.gate.alpha = options.alpha;
  if (!options.minimum_effect.empty()) {
    comparison.gate.minimum_effect = parse_share(options.minimum_effect, "--min-effect");
  }
  for (const std::string& one : options.metrics) {
    const Metric* const named = &metric(one);
    if (std::ranges::find(comparison.metrics, named) == comparison.metrics.end()) comparison.metrics.push_back(named);
  }
  comparison.filter = CaseFilter{options.filter};
  comparison.destinations = destinations(options.outputs);
  if (options.github) {
    const char* const summary = environment("GITHUB_STEP_SUMMARY");
    if (summary == nullptr || *summary == '\0') {
      throw UsageError(
          "--github, but GITHUB_STEP_SUMMARY is not set: this is no step of a GitHub workflow; use --output");
    }
    comparison.summary = summary;
    require_writable(summary);
    comparison.destinations.push_back({&Registry<GateOutput>::get("output", "github-annotations"), "-", true});
  }
  comparison.text.verbose = options.verbose;
  comparison.text.colour =
      use_colour(colour_from(options.colour), environment, ::isatty(STDOUT_FILENO) == 1, under_launcher());
  return comparison;
}

void keep_matching(Evidence& evidence, const CaseFilter& filter) {
  for (auto& [metric, cases] : evidence.values) {
    std::erase_if(cases, [&](const auto& one) { return !filter(one.first); });
  }
}

/// Refuses to let a mistyped filter, or a metric that no case has, pass as a comparison in which nothing got worse.
void require_cases(std::span<const Judgement> judgements, const ComparisonOptions& options) {
  const auto says_something = [](const Judgement& one) {
    const auto looked = [](const RuleVerdict& rule) { return !rule.name.empty() || !rule.passed; };
    return !one.cases.empty() || std::ranges::any_of(one.rules, looked) ||
           std::ranges::none_of(one.run, &LaunchSummary::counts);
  };
  if (std::ranges::any_of(judgements, says_something)) return;
  throw UsageError(fmt::format("no case{} has {}, so nothing can be compared",
                               options.filter.empty() ? "" : fmt::format(" that matches '{}'", options.filter),
                               fmt::join(options.metrics, " or ")));
}

/// To the end of what the step has written already: GitHub takes so much of a step and no more.
void append_summary(const std::string& path, std::span<const Judgement> judgements) {
  constexpr std::size_t least = 1024;
  std::error_code status;
  const std::uintmax_t there = std::filesystem::file_size(path, status);
  const std::size_t room = summary_limit - std::min<std::size_t>(summary_limit, status ? 0 : there);
  if (room < least) {
    fmt::print(stderr, "lanemark: {} is full, and the verdicts are left out: GitHub takes no more of a step\n", path);
    return;
  }
  std::ofstream file{path, std::ios::binary | std::ios::app};
  file << gate_markdown(judgements, room) << std::flush;
  if (!file) throw Error(fmt::format("cannot write to {}, where GitHub looks for the summary", path));
}

/// An output that cannot be written is named, and keeps no other from being so. Whether all were.
bool say(const Comparison& comparison, std::span<const Judgement> judgements) {
  bool all = true;
  const auto attempt = [&all](const auto& write) {
    try {
      write();
    } catch (const std::exception& error) {
      all = false;
      fmt::print(stderr, "lanemark: {}\n", error.what());
    }
  };
  // A program that reads an output from standard output gets nothing else there.
  const bool piped = std::ranges::any_of(comparison.destinations,
                                         [](const Destination& one) { return one.file == "-" && !one.beside_text; });
  attempt([&] { fmt::print(piped ? stderr : stdout, "{}", gate_text(judgements, comparison.text)); });
  for (const Destination& one : comparison.destinations) {
    attempt([&] {
      const std::string text = one.output->render(judgements);
      if (one.file == "-") fmt::print("{}", text);
      else write_output(one.file, text);
    });
  }
  if (!comparison.summary.empty()) attempt([&] { append_summary(comparison.summary, judgements); });
  return all;
}

/// The gravest of the judgements. Nothing can be said of launches none of which counts, nor by comparison with such. A
/// finding outweighs an output that could not be written.
ExitCode code_of(std::span<const Judgement> judgements, bool strict, bool all_said) {
  constexpr ExitCode gravest_first[] = {ExitCode::wrong_data, ExitCode::regression, ExitCode::incomplete,
                                        ExitCode::undecided};
  std::vector<ExitCode> codes;
  for (const Judgement& one : judgements) {
    codes.push_back(exit_code(one, strict));
    const bool base_is_void = !one.base.empty() && std::ranges::none_of(one.base, &LaunchSummary::counts);
    if (base_is_void || std::ranges::none_of(one.run, &LaunchSummary::counts)) codes.push_back(ExitCode::incomplete);
  }
  for (const ExitCode code : gravest_first) {
    if (std::ranges::find(codes, code) != codes.end()) return code;
  }
  return all_said ? ExitCode::ok : ExitCode::usage;
}

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

}  // namespace

ExitCode gate_command(const GateCommandOptions& options) {
  const Comparison comparison = checked(options.comparison);
  const std::optional<Rules> rules = options.rules.empty() ? std::nullopt : std::optional{read_rules(options.rules)};
  const BaselineFolder folder{options.baselines};
  const std::filesystem::path results =
      options.results.empty() ? beside(options.run.front(), "confirm") : std::filesystem::path{options.results};
  if (options.confirm > 0) require_folder_or_nothing(results);
  std::vector<Judgement> judgements;
  for (Evidence& run : gather(record_files(options.run), comparison.metrics)) {
    keep_matching(run, comparison.filter);
    std::optional<Baseline> base = folder.find(run.fingerprint_id);
    if (base) {
      if (const std::size_t both = leave_out(*base, run.launches); both > 0) {
        fmt::print(stderr, "lanemark: {} of the run's launches are in the baseline too, and left out of it\n", both);
      }
      keep_matching(base->evidence, comparison.filter);
    }
    Judgement judgement = judge(base ? &*base : nullptr, run, comparison.gate);
    if (!base) judgement.nearest = folder.nearest(run.fingerprint);
    // Where no launch counts, that is what is wrong, and not that no case fulfils a rule.
    if (rules && run.counted() > 0) judgement.rules = evaluate(*rules, measurements_of(run, comparison.filter));
    if (base && options.confirm > 0) {
      confirm(judgement, *base, run, {options.confirm, results, comparison.metrics});
    }
    judgements.push_back(std::move(judgement));
  }
  if (judgements.empty()) {
    fmt::print(stderr, "lanemark: no launch measured anything\n");
    return ExitCode::incomplete;
  }
  require_cases(judgements, options.comparison);
  const bool all_said = say(comparison, judgements);
  return code_of(judgements, options.comparison.strict, all_said);
}

ExitCode compare_command(const CompareOptions& options) {
  const Comparison comparison = checked(options.comparison);
  if (!options.baselines.empty() && !std::filesystem::is_directory(options.baselines)) {
    throw UsageError(fmt::format("--baselines {}: no such folder; without it a change is judged by --min-effect alone",
                                 options.baselines));
  }
  const auto only = [&](const std::string& path) {
    std::vector<Evidence> all = gather(record_files({path}), comparison.metrics);
    if (all.empty()) throw UsageError(fmt::format("{}: no launch measured anything", path));
    if (all.size() != 1) {
      throw UsageError(fmt::format("{} holds launches on {} kinds of machine; compare those of one", path, all.size()));
    }
    keep_matching(all.front(), comparison.filter);
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
  Baseline base{.evidence = before, .noise = {}, .calibrated = {}};
  if (const std::size_t both = leave_out(base, run.launches); both > 0) {
    throw UsageError(fmt::format("{} and {} have {} launch{} in common; compare others", options.base, options.run,
                                 both, both == 1 ? "" : "es"));
  }
  if (!options.baselines.empty()) {
    const std::optional<Baseline> known = BaselineFolder{options.baselines}.find(run.fingerprint_id);
    if (known) base.noise = known->noise;
    if (base.noise.empty()) {
      fmt::print(stderr, "lanemark: {} has no noise floors of this machine; lanemark calibrate measures them\n",
                 options.baselines);
    }
  }
  Judgement judgement = judge(&base, run, comparison.gate);
  judgement.base = before.launches;
  require_cases({&judgement, 1}, options.comparison);
  const bool all_said = say(comparison, {&judgement, 1});
  return code_of({&judgement, 1}, options.comparison.strict, all_said);
}

}  // namespace lanemark
