// SPDX-License-Identifier: MIT

#include "bench/commands/measuring_flags.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/commands/parser.hpp"
#include "bench/commands/size_options.hpp"
#include "bench/record/bounds.hpp"
#include "bench/text/quantities.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// --np: ranks to start.
CLI::Option* add_processes_option(CLI::App& app, int& processes, const std::string& what) {
  // 0 is what stands for a number that was not given.
  const auto take = [&processes](int given) {
    if (given < 1) throw UsageError(fmt::format("--np {}: must be at least 1", given));
    processes = given;
  };
  return app.add_option_function<int>("--np", take, what)->group(group_of(FlagUse::launches));
}

/// For a program that is started without mpirun and starts it itself.
void add_launching_options(CLI::App& run, MeasuringOptions& options) {
  constexpr const char* group = group_of(FlagUse::launches);
  CLI::Option* launches =
      run.add_option("--launches", options.launches, "start mpirun so often, one after the other; without mpirun")
          ->group(group);
  add_processes_option(run, options.processes, "ranks of each launch; the largest of --ranks, else as quick has it")
      ->needs(launches);
  run.add_option("--interleave", options.other_build,
                 "another build's lanemark to take turns with, so many launches of each: A B B A …; records in a and b")
      ->group(group)
      ->needs(launches);
  run.add_option("--launch-timeout", options.launch_timeout, "ends a launch that takes longer, e.g. 30min")
      ->group(group)
      ->needs(launches);
}

void add_measuring_options(CLI::App& app, MeasuringLine& line) {
  MeasuringOptions& options = line.options;
  // What is added from here on, flags of the suites too, shapes a measurement unless it says otherwise.
  const std::string before = app.option_defaults()->get_group();
  app.option_defaults()->group(group_of(FlagUse::measurement));
  app.add_option("--device", options.device.device, "cuda or host; cuda where a GPU is found");
  app.add_flag("--share-gpus", options.device.share_gpus,
               "ranks may share a GPU where there are too few; all results say so");
  app.add_option("--ranks", options.ranks, "numbers of ranks to measure in this launch, e.g. 1,2,4")->delimiter(',');
  app.add_option("--backend", options.backends, "nccl, mpi (staged where MPI is not CUDA-aware), composed")
      ->delimiter(',');
  app.add_option("-b,--min-bytes", options.smallest, "smallest size, e.g. 8, 4KiB");
  app.add_option("-e,--max-bytes", options.largest, "largest size, e.g. 1GiB");
  app.add_option("-f,--factor", options.factor, "each size is this many times the one before");
  app.add_option("-i,--step-bytes", options.step, "each size is this much above the one before, e.g. 1024, 1MiB");
  app.add_option("--sizes", options.sizes, "these sizes alone, e.g. 0,8,1KiB; measured in ascending order")
      ->delimiter(',');
  // A file is read here, and its sizes go where flags go: no launch and no record names it.
  app.add_option("--sizes-file", options.sizes_file, "the same from a file: one a line, # begins a comment")
      ->group(group_of(FlagUse::one_launch));
  app.add_option("--filter", options.google_benchmark.filter, "regular expression over case names; -X leaves X out");
  app.add_option("--results", options.results, "folder for the launch's record")
      ->group(group_of(FlagUse::one_launch))
      ->capture_default_str();
  app.add_option("--min-time", options.min_time, "seconds of timed work per case")->capture_default_str();
  app.add_option("--min-samples", options.min_samples, "samples per case, unless each is slow")->capture_default_str();
  app.add_option("-n,--iters", options.iterations, "iterations instead: samples, or operations of a bandwidth sample");
  app.add_option("-w,--warmup", options.warm_up, "warm-up operations, instead of until the time settles");
  app.add_option("--precision", options.precision,
                 "sample until the median is known this well, e.g. 1%; at most 10 times --min-time");
  app.add_option("--time-budget", options.time_budget, "for all cases together, e.g. 60s; says what it left out");
  add_timeout_option(app, options.timeout);
  // CLI11 takes -1 for the largest number there is.
  const auto not_negative = [](const std::string& text) {
    return std::string{text.starts_with('-') ? "must be 0 or more" : ""};
  };
  app.add_option("--seed", options.seed, "of the random data")
      ->group(group_of(FlagUse::one_launch))
      ->check(not_negative)
      ->capture_default_str();
  app.add_option("--progress", options.progress, "auto, on, off")
      ->group(group_of(FlagUse::one_launch))
      ->capture_default_str();
  app.add_option("--accept-load", options.accepted_load,
                 "REASON for which launches beside other load, or with too few processors, are compared all the same; "
                 "recorded and shown");
  app.add_option("--slow-down", options.slow_down,
                 "for tests: every operation is followed by a wait of this share of its time, e.g. 20%");
  for (const ChosenSuite& one : line.suites) {
    line.owners.add(app, one.entry->name, [&] { one.suite->add_options(app); });
  }
  app.option_defaults()->group(before);
  app.footer(
      "Google Benchmark's --benchmark_filter, _repetitions, _list_tests, _out, _out_format and _format work too.");
}

void check(const MeasuringLine& line) {
  const MeasuringOptions& options = line.options;
  GoogleBenchmarkFlags of_google = options.google_benchmark;
  of_google.list = of_google.list || line.purpose == Purpose::list;
  check_google_benchmark_flags(of_google, true, line.has("--filter"));
  if (!(options.min_time > 0) || std::isinf(options.min_time)) throw UsageError("--min-time must be above 0 seconds");
  constexpr auto most_samples = static_cast<std::int64_t>(bounds::samples);  // that a record takes
  if (options.min_samples < 1) throw UsageError("--min-samples must be at least 1");
  if (options.min_samples > most_samples)
    throw UsageError(fmt::format("--min-samples must be at most {}", most_samples));
  if (options.iterations > most_samples) throw UsageError(fmt::format("-n must be at most {}", most_samples));
  if (options.iterations < 0 || (options.iterations == 0 && line.has("--iters"))) {
    throw UsageError("-n must be at least 1; leave it off for as many as --min-time takes");
  }
  if (options.warm_up.value_or(0) < 0) throw UsageError("-w must be 0 or more operations");
  if (!options.precision.empty()) parse_share(options.precision, "precision");
  if (!options.slow_down.empty()) parse_share(options.slow_down, "--slow-down");
  if (!options.time_budget.empty()) parse_duration(options.time_budget);
  constexpr int most_launches = 100000;  // at a second each, more than a day
  if (options.launches.value_or(1) < 1 || options.launches.value_or(1) > most_launches) {
    throw UsageError(fmt::format("--launches {}: must be at least 1 and at most {}", *options.launches, most_launches));
  }
  if (!options.launch_timeout.empty()) parse_duration(options.launch_timeout);
  static_cast<void>(size_range(line));
  if (options.factor < 2) throw UsageError(fmt::format("size factor {}: must be at least 2", options.factor));
  require_timeout(options.timeout);
  if (options.accepted_load.empty() && line.has("--accept-load")) {
    throw UsageError("--accept-load needs a reason, which its readers see: --accept-load \"a hosted runner\"");
  }
  if (options.accepted_load.size() > bounds::name) {
    throw UsageError(fmt::format("--accept-load: a reason has at most {} characters", bounds::name));
  }
  if (options.results.empty()) throw UsageError("--results needs the name of a folder");
  if (options.progress != "auto" && options.progress != "on" && options.progress != "off") {
    throw UsageError(fmt::format("unknown --progress {}; known: auto, on, off", in_quotes(options.progress)));
  }
}

constexpr std::pair<Purpose, const char*> purposes[] = {
    {Purpose::run, "run"}, {Purpose::quick, "quick"}, {Purpose::list, "list"}};

}  // namespace

void declare(CLI::App& app, MeasuringLine& line) {
  MeasuringOptions& options = line.options;
  switch (line.purpose) {
    case Purpose::run: app.add_option("suites", options.suites, "suites to run")->required(); break;
    case Purpose::quick:
      add_processes_option(app, options.processes, "ranks to start; one a GPU, or a few on the CPU");
      break;
    case Purpose::list: app.add_option("suites", options.suites, "suites to list; all where none is given"); break;
  }
  add_measuring_options(app, line);
  if (line.purpose == Purpose::run) add_launching_options(app, options);
}

void accept(const CLI::App& app, const GoogleBenchmarkFlags& of_google_benchmark, MeasuringLine& line) {
  const std::string filter = line.options.google_benchmark.filter;
  line.options.google_benchmark = of_google_benchmark;
  line.given = line.owners.given(app);
  if (line.has("--filter")) line.options.google_benchmark.filter = filter;
  check(line);
  for (const std::string& name : line.options.suites) Registry<SuiteEntry>::get("suite", name);
}

void add_timeout_option(CLI::App& app, double& timeout) {
  app.add_option("--timeout", timeout,
                 "seconds after which a case, or another step from MPI's start to its end, ends the job; 0 never")
      ->capture_default_str();
}

void require_timeout(double timeout) {
  if (!(timeout >= 0) || std::isinf(timeout)) {
    throw UsageError("--timeout must be 0 (never) or more seconds");
  }
}

MeasuringLine parse_measuring_line(std::vector<std::string> words) {
  CLI::App app;
  app.require_subcommand(1);
  std::vector<MeasuringLine> lines;
  lines.reserve(std::size(purposes));
  for (const auto& [purpose, name] : purposes) lines.emplace_back(purpose);
  for (MeasuringLine& line : lines)
    declare(*app.add_subcommand(purposes[static_cast<std::size_t>(line.purpose)].second), line);
  const GoogleBenchmarkFlags of_google_benchmark = take_google_benchmark_flags(words);
  parse(app, std::move(words));
  const CLI::App* const chosen = app.get_subcommands().front();
  for (MeasuringLine& line : lines) {
    if (chosen->get_name() != purposes[static_cast<std::size_t>(line.purpose)].second) continue;
    accept(*chosen, of_google_benchmark, line);
    return std::move(line);
  }
  throw Error("a command was parsed that was not declared");
}

}  // namespace lanemark
