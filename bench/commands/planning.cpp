// SPDX-License-Identifier: MIT

#include "bench/commands/planning.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "bench/commands/size_options.hpp"
#include "bench/engine/slowed_trial.hpp"
#include "bench/engine/timing_flags.hpp"
#include "bench/launching/device_choice.hpp"
#include "bench/measurement/case_bound.hpp"
#include "bench/measurement/case_filter.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/record/json.hpp"
#include "bench/text/quantities.hpp"
#include "bench/text/shown.hpp"

namespace lanemark {
namespace {

std::vector<int> checked_ranks(const MeasuringLine& line, const World& world) {
  std::vector<int> ranks = line.options.ranks;
  std::ranges::sort(ranks);
  ranks.erase(std::ranges::unique(ranks).begin(), ranks.end());
  for (const int count : ranks) {
    if (count < 1) throw UsageError(fmt::format("--ranks {}: must be at least 1", count));
    // Listing needs no ranks to be there.
    if (count > world.size() && line.purpose != Purpose::list) {
      throw UsageError(
          fmt::format("--ranks {}: this launch has {}; start more with mpirun -np {}", count, world.size(), count));
    }
  }
  return ranks;
}

/// Whose GPU is whose is no part of a case's name, so each row says what its ranks share.
void say_what_is_shared(PlannedCase& planned, const World& world) {
  if (world.device().kind == DeviceKind::host) return;
  const auto ranks = static_cast<std::size_t>(std::min(planned.what.ranks, world.size()));
  const int most = most_sharers(world.places().first(ranks));
  if (most > 1) planned.transport += fmt::format(", {} ranks on a GPU", most);
}

/// What a suite plans; throws UsageError that names the flags whose values made too many cases.
std::vector<PlannedCase> plan_suite(const ChosenSuite& one, const MeasuringLine& command_line,
                                    const SuiteContext& context) {
  try {
    std::vector<PlannedCase> cases = one.suite->plan(context);
    require_few_cases(cases.size());
    return cases;
  } catch (const TooManyCases& error) {
    std::vector<std::string> flags;
    for (const GivenFlag& flag : command_line.given) {
      if (flag.use != FlagUse::measurement || (!flag.suite.empty() && flag.suite != one.entry->name)) continue;
      if (flag.values.empty()) continue;
      const auto values = 1 + std::ranges::count(flag.values.front(), ',');
      flags.push_back(values == 1 ? flag.name : fmt::format("{} with {} values", flag.name, values));
    }
    throw UsageError(fmt::format("the suite {} would plan {}, as the values of flags multiply ({}); give fewer",
                                 one.entry->name, error.what(), fmt::join(flags, ", ")));
  }
}

/// Throws UsageError where a record cannot hold what the command line makes of the case.
std::string recordable_name(const Case& what) {
  try {
    std::string title = name(what);
    require_name(case_from_json(case_json(what)), title, "name");
    return title;
  } catch (const Error& error) {
    throw UsageError(fmt::format("case {} cannot be recorded: {}", in_quotes(name(what)), error.what()));
  }
}

}  // namespace

SuiteContext make_context(const MeasuringLine& command_line, const World& world, Communicators& communicators) {
  const MeasuringOptions& options = command_line.options;
  // Every rank has the same options and finds the same mistakes in them; only backends ask the other ranks.
  SuiteContext context{.world = world,
                       .communicators = communicators,
                       .device = properties(world.device()),
                       .ranks = checked_ranks(command_line, world),
                       .backends = {},
                       .backends_given = !options.backends.empty(),
                       .sizes = size_range(command_line),
                       .seed = options.seed,
                       .memory_limit = {}};
  if (world.device().kind == DeviceKind::cuda) {
    context.peer_links = gather_peer_links(
        world, visible_gpus(), [](int from, int to) { return platform(DeviceKind::cuda).has_peer_link(from, to); });
  }
  std::vector<std::string> names = options.backends;
  if (names.empty()) {
    DefaultBackends defaults = default_backends(world);
    names = std::move(defaults.names);
    context.left_out = std::move(defaults.left_out);
  }
  for (const std::string& name : names) context.backends.push_back(&resolve_backend(name, world));
  return context;
}

DefaultBackends default_backends(const World& world) {
  const std::string preferred{default_backend(world.device().kind)};
  if (preferred == "mpi") return {.names = {preferred}};
  const std::optional<std::string> refusal = sharing_refusal(preferred, world);
  if (!refusal) return {.names = {preferred, "mpi"}};
  return {.names = {"mpi"},
          .left_out = fmt::format("{} is not measured, as ranks share a GPU: {}", preferred, *refusal)};
}

RunnerOptions runner_options(const MeasuringLine& command_line) {
  const MeasuringOptions& options = command_line.options;
  RunnerOptions runner;
  const double share = command_line.purpose == Purpose::quick ? 0.5 : 1;
  runner.timing.min_time = Seconds{options.min_time * (command_line.has("--min-time") ? 1 : share)};
  runner.timing.max_warm_up = Seconds{share};
  runner.timing.min_samples = static_cast<std::uint64_t>(options.min_samples);
  runner.timing.iterations = static_cast<std::uint64_t>(options.iterations);
  if (options.warm_up) runner.timing.warm_up_operations = static_cast<std::uint64_t>(*options.warm_up);
  constexpr double patience = 10;
  runner.timing.max_time = runner.timing.min_time * patience;
  if (!options.precision.empty()) runner.timing.precision = parse_share(options.precision, "precision");
  if (!options.time_budget.empty()) runner.budget = parse_duration(options.time_budget);
  runner.repetitions = options.google_benchmark.reports.repetitions;
  if (options.progress != "auto") runner.progress = options.progress == "on" ? ProgressMode::on : ProgressMode::off;
  return runner;
}

std::vector<PlannedCase> plan(MeasuringLine& command_line, const SuiteContext& context) {
  const MeasuringOptions& options = command_line.options;
  const double slow_down = options.slow_down.empty() ? 0 : parse_share(options.slow_down, "--slow-down");
  const CaseFilter wanted_case{options.google_benchmark.filter};
  std::vector<PlannedCase> planned;
  std::set<std::string> names;
  IdleFlags use{command_line.given};
  const TimingOptions timing = runner_options(command_line).timing;
  for (const ChosenSuite& one : command_line.suites) {
    const bool wanted =
        options.suites.empty() || std::ranges::find(options.suites, one.entry->name) != options.suites.end();
    if (!wanted) continue;
    if (command_line.purpose == Purpose::quick) one.suite->make_quick();
    std::vector<PlannedCase> cases = plan_suite(one, command_line, context);
    if (cases.empty() && !options.suites.empty()) {
      throw UsageError(
          fmt::format("the suite {} plans no case with these options; lanemark list {} names what there is",
                      one.entry->name, one.entry->name));
    }
    for (PlannedCase& planned_case : cases) {
      say_what_is_shared(planned_case, context.world);
      use.see(one.entry->name, planned_case, ignored_by_timing(planned_case, timing));
      const std::string title = recordable_name(planned_case.what);
      if (wanted_case(title) && names.insert(title).second) {
        planned.push_back(slow_down > 0 ? slowed(std::move(planned_case), slow_down) : std::move(planned_case));
      }
    }
  }
  use.require_all();
  if (planned.empty()) {
    if (options.google_benchmark.filter.empty()) {
      throw UsageError("the suites asked for plan no case with these options; lanemark list names all there are");
    }
    refuse_unmet(options.google_benchmark.filter, "lanemark list names them all");
  }
  return planned;
}

}  // namespace lanemark
