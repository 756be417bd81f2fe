#include "bench/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "bench/case_filter.hpp"
#include "bench/launcher.hpp"
#include "bench/memory_limit.hpp"
#include "bench/record/gpu_state.hpp"
#include "bench/record/launch.hpp"
#include "bench/record/store.hpp"
#include "bench/report/console.hpp"
#include "bench/slowed_trial.hpp"
#include "kernels/host/threads.hpp"

namespace lanemark {
namespace {

SizeRange size_range(const Options& options) {
  SizeRange range{.smallest = {}, .largest = {}, .factor = static_cast<std::uint64_t>(options.factor)};
  if (!options.smallest.empty()) range.smallest = parse_bytes(options.smallest);
  if (!options.largest.empty()) range.largest = parse_bytes(options.largest);
  return range;
}

std::vector<int> checked_ranks(const Options& options, const World& world) {
  std::vector<int> ranks = options.ranks;
  std::ranges::sort(ranks);
  ranks.erase(std::ranges::unique(ranks).begin(), ranks.end());
  for (const int count : ranks) {
    if (count < 1) throw UsageError(fmt::format("--ranks {}: must be at least 1", count));
    // Listing needs no ranks to be there.
    if (count > world.size() && options.command != Command::list) {
      throw UsageError(
          fmt::format("--ranks {}: this launch has {}; start more with mpirun -np {}", count, world.size(), count));
    }
  }
  return ranks;
}

SuiteContext make_context(const Options& options, const World& world, Communicators& communicators) {
  // Every rank has the same options and finds the same mistakes in them; only backends ask the other ranks.
  SuiteContext context{.world = world,
                       .communicators = communicators,
                       .device = properties(world.device()),
                       .ranks = checked_ranks(options, world),
                       .backends = {},
                       .backends_given = !options.backends.empty(),
                       .sizes = size_range(options),
                       .seed = options.seed,
                       .memory_limit = {}};
  std::vector<std::string> names = options.backends;
  if (names.empty()) {
    names.emplace_back(default_backend(world.device().kind));
    if (names.front() != "mpi") names.emplace_back("mpi");
  }
  for (const std::string& name : names) context.backends.push_back(&resolve_backend(name, world));
  return context;
}

std::vector<PlannedCase> plan(ParsedCommandLine& command_line, const SuiteContext& context) {
  const Options& options = command_line.options;
  const double slow_down = options.slow_down.empty() ? 0 : parse_share(options.slow_down, "--slow-down");
  const CaseFilter wanted_case{options.google_benchmark.filter};
  std::vector<PlannedCase> planned;
  std::set<std::string> names;
  for (const ChosenSuite& one : command_line.suites) {
    const bool wanted =
        options.suites.empty() || std::ranges::find(options.suites, one.entry->name) != options.suites.end();
    if (!wanted) continue;
    if (options.command == Command::quick) one.suite->make_quick();
    for (PlannedCase& planned_case : one.suite->plan(context)) {
      const std::string title = name(planned_case.what);
      if (wanted_case(title) && names.insert(title).second) {
        planned.push_back(slow_down > 0 ? slowed(std::move(planned_case), slow_down) : std::move(planned_case));
      }
    }
  }
  if (planned.empty()) {
    if (options.google_benchmark.filter.empty()) {
      throw UsageError("the suites asked for plan no case with these options; lanemark list names all there are");
    }
    throw UsageError(
        fmt::format("no case matches the filter '{}'; lanemark list names them all", options.google_benchmark.filter));
  }
  return planned;
}

void print_heading(const World& world, const DeviceProperties& device) {
  if (world.device().kind == DeviceKind::host) {
    const char* reason = "As asked, ";
    if (!is_built(DeviceKind::cuda)) {
      reason = "Built without CUDA and NCCL: ";
    } else if (device_count(DeviceKind::cuda) == 0) {
      reason = "No GPU found: ";
    }
    fmt::print("{}measuring the CPU ({}) over MPI, {} rank{} on {} node{}\n", reason, device.name, world.size(),
               world.size() == 1 ? "" : "s", world.nodes(), world.nodes() == 1 ? "" : "s");
  } else {
    fmt::print("Measuring {} x {}, {} node{}\n", world.size(), device.name, world.nodes(),
               world.nodes() == 1 ? "" : "s");
  }
  if (world.size() == 1) {
    fmt::print("One rank only: nothing moves between ranks. Start more with mpirun -np N lanemark …\n");
  }
  std::fflush(stdout);
}

RunnerOptions runner_options(const Options& options) {
  RunnerOptions runner;
  const double share = options.command == Command::quick ? 0.5 : 1;
  runner.timing.min_time = Seconds{options.min_time * share};
  runner.timing.max_warm_up = Seconds{share};
  runner.timing.min_samples = static_cast<std::uint64_t>(options.min_samples);
  runner.timing.iterations = static_cast<std::uint64_t>(options.iterations);
  if (options.warm_up) runner.timing.warm_up_operations = static_cast<std::uint64_t>(*options.warm_up);
  constexpr double patience = 10;
  runner.timing.max_time = runner.timing.min_time * patience;
  if (!options.precision.empty()) runner.timing.precision = parse_share(options.precision, "precision");
  if (!options.time_budget.empty()) runner.budget = parse_duration(options.time_budget);
  runner.timeout = Seconds{options.timeout};
  if (options.progress != "auto") runner.progress = options.progress == "on" ? ProgressMode::on : ProgressMode::off;
  return runner;
}

}  // namespace

void agreed(const World& world, const std::function<void()>& work) {
  std::optional<std::string> problem;
  try {
    work();
  } catch (const UsageError& error) {
    problem = error.what();
  }
  if (const auto first = world.first_problem(problem)) throw UsageError(*first);
}

Device choose_device(const Options& options, const LocalPlace& place) {
  const DeviceKind kind = options.device.empty() ? default_device_kind() : parse_device_kind(options.device);
  if (kind == DeviceKind::host) return {};
  const int gpus = device_count(kind);
  if (gpus == 0)
    throw UsageError("--device cuda, but no GPU is visible; lanemark doctor says why, --device host works");
  if (place.size > gpus) {
    throw UsageError(
        fmt::format("{} ranks on a node with {} GPU{}: start one rank a GPU (mpirun -np {}), or use "
                    "--device host",
                    place.size, gpus, gpus == 1 ? "" : "s", gpus));
  }
  return {.kind = kind, .ordinal = place.rank};
}

ExitCode run_suites(ParsedCommandLine& command_line, const std::vector<std::string>& arguments, const World& world) {
  const Options& options = command_line.options;
  Communicators communicators;
  SuiteContext context = make_context(options, world, communicators);
  std::vector<PlannedCase> cases;
  agreed(world, [&] { cases = plan(command_line, context); });

  if (options.command == Command::list || options.google_benchmark.list) {
    if (world.is_root()) {
      for (const PlannedCase& one : cases) fmt::print("{}\n", name(one.what));
    }
    return ExitCode::ok;
  }

  LaunchHeader header = describe_launch(world, arguments);
  if (const auto given = given_launch_id()) header.launch = *given;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<GoogleBenchmark> google_benchmark;
  agreed(world, [&] {
    google_benchmark = std::make_unique<GoogleBenchmark>(world, options.google_benchmark);
    if (world.is_root()) recorder = std::make_unique<Recorder>(options.results, header);
  });
  if (world.is_root() && options.google_benchmark.format.empty()) {
    print_heading(world, context.device);
    if (!options.slow_down.empty()) {
      fmt::print("For tests, not for results: --slow-down makes every operation wait {} of its time.\n",
                 options.slow_down);
    }
  }
  if (world.device().kind == DeviceKind::host) {
    set_host_threads(std::max(1, allowed_processors() / world.local_size()));
    // Nothing is measured before the plan stands; the limit that was unknown to it needs it drawn once more.
    context.memory_limit = measure_memory_limit(world);
    cases = plan(command_line, context);
  }

  Runner runner{world, runner_options(options), *google_benchmark, [&](const Measurement& m) { recorder->write(m); }};
  const std::vector<Measurement> measurements = runner.run(cases);
  google_benchmark->finish();
  const std::vector<GpuState> gpus = gpu_states(world);
  const bool wrong =
      std::ranges::any_of(measurements, [](const Measurement& m) { return m.verdict.kind == Verdict::Kind::wrong; });
  if (world.is_root()) {
    const std::string file = recorder->finish(gpus).string();
    if (options.google_benchmark.format.empty()) {
      fmt::print("{}\n", report(measurements, Format::text));
      for (const std::string& taint : taints(header.gpus, gpus)) fmt::print("Tainted, do not compare: {}\n", taint);
      fmt::print("Record: {}\n", file);
    }
  }
  return world.max(wrong ? 1 : 0) > 0 ? ExitCode::wrong_data : ExitCode::ok;
}

}  // namespace lanemark
