#include "bench/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "bench/report/gate/output.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

std::vector<ChosenSuite> make_suites() {
  std::vector<ChosenSuite> suites;
  for (const SuiteEntry* entry : Registry<SuiteEntry>::all())
    suites.push_back({.entry = entry, .suite = entry->make()});
  std::ranges::sort(suites, {}, [](const ChosenSuite& one) { return one.entry->order; });
  return suites;
}

void add_measuring_options(CLI::App& app, Options& options, const std::vector<ChosenSuite>& suites) {
  app.add_option("--device", options.device, "cuda or host; cuda where a GPU is found");
  app.add_option("--ranks", options.ranks, "numbers of ranks to measure in this launch, e.g. 1,2,4")->delimiter(',');
  app.add_option("--backend", options.backends, "nccl, mpi (staged where MPI is not CUDA-aware), composed")
      ->delimiter(',');
  app.add_option("-b,--min-bytes", options.smallest, "smallest size, e.g. 8, 4KiB");
  app.add_option("-e,--max-bytes", options.largest, "largest size, e.g. 1GiB");
  app.add_option("-f,--factor", options.factor, "each size is this many times the one before");
  app.add_option("--filter", options.google_benchmark.filter, "regular expression over case names; -X leaves X out");
  app.add_option("--results", options.results, "folder for the launch's record")->capture_default_str();
  app.add_option("--min-time", options.min_time, "seconds of timed work per case")->capture_default_str();
  app.add_option("--min-samples", options.min_samples, "samples per case, unless each is slow")->capture_default_str();
  app.add_option("-n,--iters", options.iterations, "iterations instead: samples, or operations of a bandwidth sample");
  app.add_option("-w,--warmup", options.warm_up, "warm-up operations, instead of until the time settles");
  app.add_option("--precision", options.precision,
                 "sample until the median is known this well, e.g. 1%; at most 10 times --min-time");
  app.add_option("--time-budget", options.time_budget, "for all cases together, e.g. 60s; says what it left out");
  app.add_option("--timeout", options.timeout, "seconds after which a case ends the job; 0 never")
      ->capture_default_str();
  // CLI11 takes -1 for the largest number there is.
  const auto not_negative = [](const std::string& text) {
    return std::string{text.starts_with('-') ? "must be 0 or more" : ""};
  };
  app.add_option("--seed", options.seed, "of the random data")->check(not_negative)->capture_default_str();
  app.add_option("--progress", options.progress, "auto, on, off")->capture_default_str();
  app.add_option("--slow-down", options.slow_down,
                 "for tests: every operation is followed by a wait of this share of its time, e.g. 20%");
  for (const ChosenSuite& one : suites) one.suite->add_options(app);
  app.footer(
      "Google Benchmark's --benchmark_filter, _repetitions, _list_tests, _out, _out_format and _format work too.");
}

CLI::Option* add_processes_option(CLI::App& app, int& processes, const std::string& what) {
  // 0 is what stands for a number that was not given.
  const auto take = [&processes](int given) {
    if (given < 1) throw UsageError(fmt::format("--np {}: must be at least 1", given));
    processes = given;
  };
  return app.add_option_function<int>("--np", take, what);
}

/// For a program that is started without mpirun and starts it itself.
void add_launching_options(CLI::App& run, Options& options) {
  CLI::Option* launches =
      run.add_option("--launches", options.launches, "start mpirun so often, one after the other; without mpirun");
  add_processes_option(run, options.processes, "ranks of each launch; the largest of --ranks, else as quick has it")
      ->needs(launches);
  run.add_option("--interleave", options.other_build,
                 "another build's lanemark to take turns with, so many launches of each: A B B A …; records in a and b")
      ->needs(launches);
  run.add_option("--launch-timeout", options.launch_timeout, "ends a launch that takes longer, e.g. 30min")
      ->needs(launches);
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = status == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
  return whole ? std::optional{value} : std::nullopt;
}

/// Of all comparisons.
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
  app.add_flag("--github", options.github, "step summary and annotations, in a step of a GitHub workflow");
}

void add_baselines_option(CLI::App& app, std::string& folder) {
  app.add_option("--baselines", folder, "folder of baselines")->capture_default_str();
}

void add_gate_commands(CLI::App& app, Options& options) {
  CLI::App& gate = *app.add_subcommand("gate", "did it get worse? records against the baseline of their machine");
  gate.add_option("run", options.gate.run, "records (*.jsonl), or folders of them")->required();
  add_baselines_option(gate, options.gate.baselines);
  gate.add_option("--rules", options.gate.rules, "a file of absolute rules, e.g. results/rules/h200-x4-nvlink.json");
  gate.add_option("--confirm", options.gate.confirm, "run what has regressed again, in so many launches")
      ->check(CLI::Range(1, 1000));
  gate.add_option("--results", options.gate.results, "folder of those launches; RUN-confirm beside the run's folder");
  add_comparing_options(gate, options.gate.comparison);

  CLI::App& compare = *app.add_subcommand("compare", "two sets of launches: BASE RUN");
  compare.add_option("base", options.compare.base, "a record, or a folder of them")->required();
  compare.add_option("run", options.compare.run, "a record, or a folder of them")->required();
  compare.add_option("--baselines", options.compare.baselines, "folder with the machine's noise floors");
  add_comparing_options(compare, options.compare.comparison);

  CLI::App& baseline = *app.add_subcommand("baseline", "what later runs are compared with");
  baseline.require_subcommand(1);
  BaselineOptions& of_baseline = options.baseline;
  CLI::App& add = *baseline.add_subcommand("add", "add launches to the baseline of their machine");
  add.add_option("files", of_baseline.files, "records (*.jsonl), or folders of them")->required();
  CLI::App& list = *baseline.add_subcommand("list", "machines that there are baselines of");
  CLI::App& show = *baseline.add_subcommand("show", "launches, noise floors and medians");
  show.add_option("fingerprint", of_baseline.fingerprint_id, "of which machine; the beginning of its id is enough");
  CLI::App& prune = *baseline.add_subcommand("prune", "drop all but the latest launches");
  prune.add_option("fingerprint", of_baseline.fingerprint_id, "of which machine; the beginning of its id is enough");
  prune.add_option("--keep", of_baseline.keep, "launches that stay")->capture_default_str();
  for (CLI::App* one : {&add, &list, &show, &prune}) add_baselines_option(*one, of_baseline.baselines);

  CLI::App& calibrate =
      *app.add_subcommand("calibrate", "noise floors from many launches of one build, stored with the baseline");
  calibrate.add_option("files", options.calibrate.files, "records of lanemark run …, or folders of them")->required();
  calibrate.add_option("--window", options.calibrate.window, "launches on each side of a comparison")
      ->capture_default_str();
  calibrate
      .add_option("--launches", options.calibrate.launches, "measure so often again, as the records' launches did")
      ->check(CLI::Range(1, 1000));
  calibrate.add_option("--results", options.calibrate.results, "folder of those launches; RUN-calibrate beside RUN");
  add_baselines_option(calibrate, options.calibrate.baselines);
}

Command command_of(const CLI::App& app) {
  constexpr std::pair<const char*, Command> commands[] = {
      {"quick", Command::quick},     {"list", Command::list},          {"doctor", Command::doctor},
      {"report", Command::report},   {"history", Command::history},    {"gate", Command::gate},
      {"compare", Command::compare}, {"calibrate", Command::calibrate}};
  for (const auto& [name, command] : commands) {
    if (app.got_subcommand(name)) return command;
  }
  if (!app.got_subcommand("baseline")) return Command::run;
  const CLI::App& baseline = *app.get_subcommand("baseline");
  if (baseline.got_subcommand("add")) return Command::baseline_add;
  if (baseline.got_subcommand("show")) return Command::baseline_show;
  return baseline.got_subcommand("prune") ? Command::baseline_prune : Command::baseline_list;
}

void check(const Options& options) {
  if (!(options.min_time > 0) || std::isinf(options.min_time)) throw UsageError("--min-time must be above 0 seconds");
  if (options.min_samples < 1) throw UsageError("--min-samples must be at least 1");
  if (options.iterations < 0) throw UsageError("-n must be at least 1");
  if (options.warm_up.value_or(0) < 0) throw UsageError("-w must be 0 or more operations");
  if (!options.precision.empty()) parse_share(options.precision, "precision");
  if (!options.slow_down.empty()) parse_share(options.slow_down, "--slow-down");
  if (!options.time_budget.empty()) parse_duration(options.time_budget);
  constexpr int most_launches = 100000;  // at a second each, more than a day
  if (options.launches.value_or(1) < 1 || options.launches.value_or(1) > most_launches) {
    throw UsageError(fmt::format("--launches {}: must be at least 1 and at most {}", *options.launches, most_launches));
  }
  if (!options.launch_timeout.empty()) parse_duration(options.launch_timeout);
  if (options.factor < 2) throw UsageError(fmt::format("size factor {}: must be at least 2", options.factor));
  if (!(options.timeout >= 0) || std::isinf(options.timeout)) {
    throw UsageError("--timeout must be 0 (never) or more seconds");
  }
  if (options.results.empty()) throw UsageError("--results needs the name of a folder");
  if (options.progress != "auto" && options.progress != "on" && options.progress != "off") {
    throw UsageError(fmt::format("unknown --progress '{}'; known: auto, on, off", options.progress));
  }
}

}  // namespace

double parse_share(std::string_view text, std::string_view what) {
  const bool percent = text.ends_with('%');
  const std::optional<double> value = number(text.substr(0, text.size() - (percent ? 1 : 0)));
  const double share = value.value_or(0) / (percent ? 100 : 1);
  if (share > 0 && share <= 1) return share;
  throw UsageError(fmt::format("{} '{}': must be a share above 0 and at most 100%, e.g. 1%", what, text));
}

Seconds parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> units{
      {{"ms", 1e-3}, {"min", 60}, {"h", 3600}, {"s", 1}}};
  const auto* const unit = std::ranges::find_if(units, [&](const auto& one) { return text.ends_with(one.first); });
  const std::size_t suffix = unit == units.end() ? 0 : unit->first.size();
  const std::optional<double> value = number(text.substr(0, text.size() - suffix));
  const double seconds = value.value_or(0) * (unit == units.end() ? 1 : unit->second);
  if (seconds > 0) return Seconds{seconds};
  throw UsageError(fmt::format("time '{}': must be above 0, e.g. 60s or 2min", text));
}

ParsedCommandLine parse_command_line(std::vector<std::string> arguments) {
  ParsedCommandLine parsed;
  Options& options = parsed.options;
  options.google_benchmark = take_google_benchmark_flags(arguments);
  parsed.suites = make_suites();
  std::string names;
  for (const ChosenSuite& one : parsed.suites) names += fmt::format("  {:<12} {}\n", one.entry->name, one.entry->what);

  CLI::App app{
      "lanemark measures collective communication, transfers and training-step scaling.\nStart it with "
      "mpirun -np N lanemark run SUITE…, or try lanemark quick.\n\nSuites:\n" +
      names};
  app.set_version_flag("--version", "lanemark " LANEMARK_VERSION);
  app.require_subcommand(1);
  CLI::App& run = *app.add_subcommand("run", "measure suites; under mpirun, or with --launches");
  run.add_option("suites", options.suites, "suites to run")->required();
  add_measuring_options(run, options, parsed.suites);
  add_launching_options(run, options);
  CLI::App& quick = *app.add_subcommand("quick", "the main job in under two minutes; starts mpirun itself");
  add_processes_option(quick, options.processes, "ranks to start; one a GPU, or a few on the CPU");
  add_measuring_options(quick, options, parsed.suites);
  CLI::App& list = *app.add_subcommand("list", "name the cases a run would measure");
  list.add_option("suites", options.suites, "suites to list; all where none is given");
  add_measuring_options(list, options, parsed.suites);
  app.add_subcommand("doctor", "what this machine has and lacks, with cures");
  CLI::App& report = *app.add_subcommand("report", "tables from records");
  report.add_option("files", options.files, "records (*.jsonl)")->required();
  report.add_option("--filter", options.google_benchmark.filter, "regular expression over case names");
  report.add_option("--format", options.format, "text or markdown")->capture_default_str();

  CLI::App& history = *app.add_subcommand("history", "cases over the commits of many records, and where they changed");
  history.add_option("files", options.history.files, "records (*.jsonl), or folders of them")->required();
  history.add_option("--case", options.history.cases, "regular expression over case names; -X leaves X out");
  history.add_option("--metric", options.history.metric, "time, p99, busbw, samples_per_second …")
      ->capture_default_str();
  history.add_option("--csv", options.history.csv,
                     "file for the same as CSV; - is standard output, the text goes to standard error then");
  history.add_option("--alpha", options.history.alpha, "share of series without a change in which one is seen")
      ->capture_default_str();

  add_gate_commands(app, options);

  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* asked = &app;
    while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
    throw ShowText(asked->help());
  } catch (const CLI::CallForVersion& version) {
    throw ShowText(std::string{version.what()} + '\n');
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}; see lanemark --help", error.what()));
  }
  options.command = command_of(app);
  check(options);
  for (const std::string& name : options.suites) Registry<SuiteEntry>::get("suite", name);
  return parsed;
}

}  // namespace lanemark
