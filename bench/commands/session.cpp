// SPDX-License-Identifier: MIT

#include "bench/commands/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "bench/commands/hand_over.hpp"
#include "bench/commands/last_words.hpp"
#include "bench/commands/planning.hpp"
#include "bench/commands/run_heading.hpp"
#include "bench/engine/agreed.hpp"
#include "bench/engine/machine_watch.hpp"
#include "bench/engine/memory_limit.hpp"
#include "bench/engine/wait_for_root.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/launching/launcher.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/record/gpu_state.hpp"
#include "bench/record/launch.hpp"
#include "bench/record/store.hpp"
#include "kernels/host/threads.hpp"

namespace lanemark {
namespace {

/// Where the ranks may run, and with how many threads each computes from now on.
std::vector<RankProcessors> share_processors(const World& world, ProcessorSource& source) {
  std::vector<RankProcessors> ranks = gather_processors(world, source);
  if (world.device().kind != DeviceKind::host) return ranks;
  for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i].threads = fair_threads(ranks, i);
  set_host_threads(ranks[static_cast<std::size_t>(world.rank())].threads);
  return ranks;
}

/// A run whose cases are planned, and where its results go.
struct Run {
  const World& world;
  MeasuringLine& command_line;
  const LaunchHeader& header;
  const std::vector<RankProcessors>& processors;
  std::shared_ptr<ProcessorSource> source;  ///< of what else they do
  Recorder* recorder;                       ///< rank 0's
  GoogleBenchmark* google_benchmark;        ///< rank 0's
  Watchdog& watchdog;
};

/// Why cases are missing that were asked for; empty where none are.
std::string why_short(const Runner& runner, const MeasuringOptions& options, std::size_t cases) {
  if (runner.stopped()) return *runner.stopped();
  if (runner.left_out() == 0) return {};
  return fmt::format("the time budget of {} was spent; {} of {} cases were left out", options.time_budget,
                     runner.left_out(), cases);
}

ExitCode measure_and_show(const Run& run, SuiteContext& context, std::vector<PlannedCase> cases) {
  const World& world = run.world;
  const MeasuringOptions& options = run.command_line.options;
  if (options.google_benchmark.reports.format.empty()) {
    show_on_root(world, run.watchdog, [&] {
      print_heading(world, context.device);
      if (!context.left_out.empty()) show_line("{}", context.left_out);
      if (options.device.share_gpus && !world.shares_devices()) {
        show_line("No GPU is shared: --share-gpus changes nothing here");
      }
      print_circumstances(run.header, run.processors);
      if (!options.slow_down.empty()) {
        show_line("For tests, not for results: --slow-down makes every operation wait {} of its time.",
                  options.slow_down);
      }
    });
  }
  if (world.device().kind == DeviceKind::host) {
    run.watchdog.watch("measuring what memory can do");
    // Nothing is measured before the plan stands; the limit that was unknown to it needs it drawn once more.
    context.memory_limit = measure_memory_limit(world);
    run.watchdog.watch("planning the cases");
    cases = plan(run.command_line, context);
  }

  RunnerOptions how = runner_options(run.command_line);
  how.processors = run.source;
  const auto show_to_google_benchmark = [&](const Measurement& m) {
    const Watchdog::Rest while_a_person_reads{run.watchdog};
    run.google_benchmark->add(m);
  };
  Runner runner{world, how, run.watchdog, [&](const Measurement& m) {
                  try {
                    run.recorder->write(m);
                  } catch (const Error&) {  // what the record lacks, the reports need not
                    show_to_google_benchmark(m);
                    throw;
                  }
                  show_to_google_benchmark(m);
                }};
  const std::vector<Measurement> measurements = runner.run(cases);
  run.watchdog.watch("asking the machine how it is");
  const LaunchEnd end{.gpus = gpu_states(world), .processors = idle_moment(world, *run.source)};
  // Rank 0 has them all, and its word is the same for all.
  ExitCode code = ExitCode::ok;
  if (world.is_root()) {
    code = exit_code_of(measurements);
    const RunOutcome outcome{.measurements = measurements,
                             .end = end,
                             .accepted_load = options.accepted_load,
                             .stopped = runner.stopped(),
                             .ended_by = why_short(runner, options, cases.size()),
                             .with_tables = options.google_benchmark.reports.format.empty()};
    const bool lost = !hand_over(outcome, *run.recorder, *run.google_benchmark, run.watchdog);
    if (code == ExitCode::incomplete) {
      const Watchdog::Rest while_a_person_reads{run.watchdog};
      static_cast<void>(end_of_output());
      say("{}", nothing_measured(measurements));
    }
    // A finding outweighs what could not be written.
    if (lost && code != ExitCode::wrong_data) code = ExitCode::usage;
  }
  wait_for_root(world, run.watchdog);
  run.watchdog.watch("agreeing on the exit code");
  return static_cast<ExitCode>(world.max(static_cast<int>(code)));
}

}  // namespace

ExitCode run_suites(MeasuringLine& command_line, const std::vector<std::string>& arguments, const World& world,
                    Watchdog& watchdog) {
  const MeasuringOptions& options = command_line.options;
  watchdog.watch("planning the cases");
  Communicators communicators;
  SuiteContext context = make_context(command_line, world, communicators);
  std::vector<PlannedCase> cases;
  agreed(world, [&] { cases = plan(command_line, context); });

  if (command_line.purpose == Purpose::list || options.google_benchmark.list) {
    show_on_root(world, watchdog, [&] {
      for (const PlannedCase& one : cases) show_line("{}", name(one.what));
    });
    return ExitCode::ok;
  }

  watchdog.watch("describing the machine");
  const auto source = std::make_shared<SystemProcessors>();
  const std::vector<RankProcessors> processors = share_processors(world, *source);
  LaunchHeader header = describe_launch(world, arguments, processors);
  header.processors = idle_moment(world, *source);
  header.accepted_load = options.accepted_load;
  if (const auto given = given_launch_id()) header.launch = *given;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<GoogleBenchmark> google_benchmark;
  watchdog.watch("setting up Google Benchmark");
  agreed(world, [&] {
    if (!world.is_root()) return;
    GoogleBenchmarkReports reports = options.google_benchmark.reports;
    for (const PlannedCase& one : cases) reports.name_width = std::max(reports.name_width, name(one.what).size());
    if (reports.repetitions > 1) reports.name_width += std::string_view{"_stddev"}.size();
    google_benchmark = std::make_unique<GoogleBenchmark>(std::move(reports));
    watchdog.watch("writing the record's first line");
    recorder = std::make_unique<Recorder>(options.results, header);
  });
  const auto last_words = [&](const std::string& why) {
    if (recorder) recorder->end_early(why);
  };
  const LastWords obeyed_after{last_words, watchdog};
  try {
    return measure_and_show({.world = world,
                             .command_line = command_line,
                             .header = header,
                             .processors = processors,
                             .source = source,
                             .recorder = recorder.get(),
                             .google_benchmark = google_benchmark.get(),
                             .watchdog = watchdog},
                            context, std::move(cases));
  } catch (const std::exception& error) {
    last_words(fmt::format("rank {}: {}", world.rank(), error.what()));
    throw;
  }
}

}  // namespace lanemark
