// SPDX-License-Identifier: MIT

#include "bench/commands/comparison.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include "bench/files/output_file.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/gate/gate_name.hpp"
#include "bench/gate/nothing_compared.hpp"
#include "bench/launching/launcher.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/report/gate/colour.hpp"
#include "bench/report/gate/markdown.hpp"
#include "bench/text/quantities.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

const char* environment(const char* name) { return std::getenv(name); }

std::vector<Destination> destinations(const ComparisonOptions& options, const std::string& run) {
  std::vector<Destination> all;
  for (const std::string& one : options.outputs) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals + 1 == one.size()) {
      throw UsageError(
          fmt::format("--output {}: give NAME=FILE, e.g. junit=gate.xml; - is standard output", shown(one)));
    }
    const std::string file = one.substr(equals + 1);
    if (file != "-") {
      require_writable(file);
      if (std::ranges::find(all, file, &Destination::file) != all.end()) {
        throw UsageError(
            fmt::format("--output {}: {} is named twice; an output has a file of its own", shown(one), shown(file)));
      }
    }
    const GateOutput& output = Registry<GateOutput>::get("output", one.substr(0, equals));
    if (file == "-" && output.beside_others && options.name.empty()) {
      throw UsageError(fmt::format(
          "--output {}: its series need a name, which a file would have; add --name, a different one for each gate",
          shown(one)));
    }
    all.push_back({.output = &output, .file = file, .gate = gate_name(options.name, file, run)});
  }
  return all;
}

/// To the end of what the step has written already: GitHub takes so much of a step and no more.
void append_summary(const std::string& path, std::span<const Judgement> judgements) {
  constexpr std::size_t least = 1024;
  std::error_code status;
  const std::uintmax_t there = std::filesystem::file_size(path, status);
  const std::size_t room = summary_limit - std::min<std::size_t>(summary_limit, status ? 0 : there);
  if (room < least) {
    say("{} is full, and the verdicts are left out: GitHub takes no more of a step", path);
    return;
  }
  append_output(path, gate_markdown(judgements, room));
}

}  // namespace

void add_comparing_options(CLI::App& app, ComparisonOptions& options) {
  app.add_option("--metric", options.metrics, "what is compared: time, p99, busbw, peak_memory …, comma-separated")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--filter", options.filter, "regular expression over case names; -X leaves X out");
  app.add_option("--alpha", options.alpha, "share of false alarms among alarms")->capture_default_str();
  app.add_option("--min-effect", options.minimum_effect,
                 "smaller changes are of no interest [2%; 5% on a host that is not calibrated]");
  app.add_flag("--strict", options.strict, "exit with 4 where cases are inconclusive, missing or without baseline");
  app.add_flag("--verbose", options.verbose, "also the cases that are the same");
  app.add_option("--color", options.colour, "auto, always, never")->capture_default_str();
  std::string names;
  for (const GateOutput* one : Registry<GateOutput>::all()) names += fmt::format(" {}", one->name);
  app.add_option("--output", options.outputs, "NAME=FILE, - for standard output; names:" + names);
  app.add_option(
      "--name", options.name,
      "what openmetrics calls this gate, so that several of one machine can be told apart [the file's name]");
  app.add_flag("--github", options.github, "step summary and annotations, in a step of a GitHub workflow");
}

Comparison checked(const ComparisonOptions& options, const std::string& run) {
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
  comparison.destinations = destinations(options, run);
  if (options.github) {
    const char* const summary = environment("GITHUB_STEP_SUMMARY");
    if (summary == nullptr || *summary == '\0') {
      throw UsageError(
          "--github, but GITHUB_STEP_SUMMARY is not set: this is no step of a GitHub workflow; use --output");
    }
    comparison.summary = summary;
    require_writable(summary);
    comparison.destinations.push_back({.output = &Registry<GateOutput>::get("output", "github-annotations"),
                                       .file = "-",
                                       .gate = options.name,
                                       .beside_text = true});
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

void require_match(bool met, const std::string& filter) {
  if (!met && !filter.empty()) refuse_unmet(filter, "lanemark report shows what the records have");
}

void require_cases(std::span<const Judgement> judgements, const ComparisonOptions& options) {
  const auto says_something = [](const Judgement& one) {
    const auto looked = [](const RuleVerdict& rule) { return !rule.name.empty() || !rule.passed; };
    return !one.cases.empty() || std::ranges::any_of(one.rules, looked) ||
           std::ranges::none_of(one.run, &LaunchSummary::counts);
  };
  if (std::ranges::any_of(judgements, says_something)) return;
  throw UsageError(fmt::format("no case{} has {}, so nothing can be compared",
                               options.filter.empty() ? "" : " that matches " + in_quotes(options.filter),
                               fmt::join(options.metrics, " or ")));
}

bool say_all(const Comparison& comparison, std::span<Judgement> judgements) {
  bool all = true;
  const auto attempt = [&all](const auto& write) {
    try {
      write();
    } catch (const std::exception& error) {
      all = false;
      say("{}", error.what());
    }
  };
  // A program that reads an output from standard output gets nothing else there.
  const bool piped = std::ranges::any_of(comparison.destinations,
                                         [](const Destination& one) { return one.file == "-" && !one.beside_text; });
  attempt(
      [&] { show(piped ? StandardStream::error : StandardStream::output, gate_text(judgements, comparison.text)); });
  for (const Destination& one : comparison.destinations) {
    attempt([&] {
      for (Judgement& judgement : judgements) judgement.gate = one.gate;
      const std::string text = one.output->render(judgements);
      if (one.file == "-") show(text);
      else write_output(one.file, text);
    });
  }
  if (!comparison.summary.empty()) attempt([&] { append_summary(comparison.summary, judgements); });
  return all;
}

ExitCode code_of(std::span<const Judgement> judgements, bool strict, bool all_said) {
  constexpr ExitCode gravest_first[] = {ExitCode::wrong_data, ExitCode::regression, ExitCode::incomplete,
                                        ExitCode::undecided};
  std::vector<ExitCode> codes;
  for (const Judgement& one : judgements) {
    codes.push_back(exit_code(one, strict));
    if (const std::string why = nothing_compared(one); !why.empty()) {
      codes.push_back(ExitCode::incomplete);
      say("{}", why);
    }
  }
  for (const ExitCode code : gravest_first) {
    if (std::ranges::find(codes, code) != codes.end()) return code;
  }
  return all_said ? ExitCode::ok : ExitCode::usage;
}

}  // namespace lanemark
