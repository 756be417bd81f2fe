#include "bench/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Why this rank cannot hold the case; host ranks of a node share its memory.
std::optional<std::string> too_large(const PlannedCase& planned, const World& participants) {
  const Device device = participants.device();
  const auto sharers = static_cast<std::uint64_t>(device.kind == DeviceKind::host ? participants.local_size() : 1);
  const Bytes held = planned.held ? planned.held() : Bytes{};
  const Bytes free = platform(device.kind).free_memory(device.ordinal) / sharers + held;
  if (planned.memory <= free) return std::nullopt;
  constexpr double mebi = 1 << 20U;
  return fmt::format("not enough memory: rank {} needs {:.0f} MiB and has {:.0f} MiB", participants.rank(),
                     static_cast<double>(planned.memory.value) / mebi, static_cast<double>(free.value) / mebi);
}

}  // namespace

Verdict agree(const World& world, const Verdict& mine) {
  const bool wrong = mine.kind == Verdict::Kind::wrong;
  const auto problem =
      world.first_problem(wrong ? std::optional{fmt::format("rank {}: {}", world.rank(), mine.detail)} : std::nullopt);
  if (problem) return {.kind = Verdict::Kind::wrong, .detail = *problem};
  return {.kind = world.all(mine.kind == Verdict::Kind::correct) ? Verdict::Kind::correct : Verdict::Kind::unverified,
          .detail = {}};
}

Runner::Runner(const World& world, RunnerOptions options, GoogleBenchmark& google_benchmark, MeasurementSink sink)
    : world_{world},
      options_{options},
      google_benchmark_{google_benchmark},
      sink_{std::move(sink)},
      progress_{world.is_root(), options.progress},
      watchdog_{world.rank(), options.timeout} {}

void Runner::deliver(const Measurement& measurement) {
  measurements_.push_back(measurement);
  if (world_.is_root()) sink_(measurement);
}

namespace {

Measurement not_yet_measured(const PlannedCase& planned, Device device) {
  Measurement m;
  m.what = planned.what;
  m.device = name(device.kind);
  m.transport = planned.transport;
  m.work = planned.work;
  m.limit = planned.limit;
  return m;
}

/// Each group's median, by its slowest rank; collective.
std::vector<GroupTime> group_times(const World& participants, const World& group, const Split& split,
                                   std::span<const Seconds> mine) {
  std::vector<Seconds> slowest;
  for (const SlowestTime& one : group.slowest(mine)) slowest.push_back(one.time);
  const std::vector<std::uint64_t> medians =
      participants.gather_all(std::bit_cast<std::uint64_t>(quantile(slowest, 0.5).count()));
  std::vector<GroupTime> times;
  for (std::vector<int>& ranks : groups_of(split)) {
    const Seconds median{std::bit_cast<double>(medians.at(static_cast<std::size_t>(ranks.front())))};
    times.push_back({.ranks = std::move(ranks), .median = median});
  }
  return times;
}

/// Calls `work`, and says what it found missing on any rank; collective. Nothing if all went well.
template <class Missing, class Work>
std::optional<std::string> missing(const World& participants, Work&& work) {
  std::optional<std::string> problem;
  try {
    work();
  } catch (const Missing& error) {
    problem = error.what();
  }
  return participants.first_problem(problem);
}

}  // namespace

void Runner::measure(const PlannedCase& planned, const World& participants, const World& group,
                     const TimingOptions& timing) {
  Measurement base = not_yet_measured(planned, participants.device());
  const auto skip = [&](const std::string& reason) {
    base.skipped = reason;
    deliver(base);
  };
  if (!planned.skip.empty()) return skip(planned.skip);
  if (const auto reason = participants.first_problem(too_large(planned, participants))) return skip(*reason);

  std::unique_ptr<Trial> trial;
  if (const auto reason = missing<OutOfMemory>(participants, [&] { trial = planned.prepare(group); })) {
    trial.reset();
    return skip(*reason);
  }
  if (const auto reason = missing<Unsupported>(participants, [&] { trial->begin(); })) {
    trial.reset();
    return skip(*reason);
  }

  const Stopwatch stopwatch{participants};
  const Schedule schedule{.pace = planned.pace, .replayed = planned.replayed};
  const WarmUp warm = warm_up(stopwatch, *trial, schedule, timing);
  const Counts counts = calibrate(schedule, warm.operation_time, timing, trial->operations_per_refill());
  base.warm_up = warm.spent;
  base.warm_up_operations = warm.operations;
  base.operations_per_sample = counts.operations;

  google_benchmark_.run(name(planned.what), counts.samples, [&](int repetition) {
    Measurement measurement = base;
    measurement.repetition = repetition;
    trial->reset();
    Samples samples = take_samples(stopwatch, *trial, schedule, counts, timing, measurement.stop);
    if (planned.split) measurement.groups = group_times(participants, group, *planned.split, samples.mine);
    measurement.samples = std::move(samples.times);
    measurement.slowest_rank = std::move(samples.slowest_rank);
    measurement.verdict = agree(participants, trial->verify());
    trial->describe(measurement, stopwatch);
    deliver(measurement);
    return measurement;
  });
}

Samples Runner::take_samples(const Stopwatch& stopwatch, Trial& trial, Schedule schedule, Counts counts,
                             const TimingOptions& timing, Stop& stop) const {
  const auto start = std::chrono::steady_clock::now();
  Samples samples = stopwatch.time(trial, schedule, counts);
  if (timing.precision == 0) return samples;
  // Every round doubles the samples. All ranks have the same samples, but each its own clock.
  while (true) {
    const std::optional<double> precision = relative_precision(samples.times);
    stop = precision && *precision <= timing.precision ? Stop::precision : Stop::time;
    if (stop == Stop::precision) return samples;
    const Seconds spent{stopwatch.world().max(Seconds{std::chrono::steady_clock::now() - start}.count())};
    if (spent >= timing.max_time) return samples;
    const double rate = static_cast<double>(samples.times.size()) / spent.count();
    const double affordable = std::max(1.0, (timing.max_time - spent).count() * rate);
    counts.samples = std::min(static_cast<std::uint64_t>(affordable), samples.times.size());
    samples.append(stopwatch.time(trial, schedule, counts));
  }
}

std::optional<TimingOptions> Runner::share(std::size_t left) const {
  TimingOptions timing = options_.timing;
  if (options_.budget == Seconds{0}) return timing;
  const Seconds spent{world_.max(Seconds{std::chrono::steady_clock::now() - start_}.count())};
  if (spent >= options_.budget) return std::nullopt;
  // Of a case's share most goes to samples; setting up and checking take the rest.
  constexpr double for_samples = 0.5;
  constexpr double for_warm_up = 0.2;
  const Seconds mine = (options_.budget - spent) / static_cast<double>(left);
  timing.min_time = std::min(timing.min_time, mine * for_samples);
  timing.max_time = mine * for_samples;
  timing.max_warm_up = std::min(timing.max_warm_up, mine * for_warm_up);
  return timing;
}

std::vector<Measurement> Runner::run(std::span<const PlannedCase> cases) {
  std::map<int, std::optional<World>> worlds;
  std::map<std::pair<int, std::string>, World> groups;
  for (const PlannedCase& planned : cases) {
    const int ranks = planned.what.ranks;
    if (!worlds.contains(ranks)) worlds.emplace(ranks, world_.first(ranks));
    const std::optional<World>& participants = worlds.at(ranks);
    if (!planned.split || !participants || groups.contains({ranks, planned.split->name})) continue;
    const int color = planned.split->colors.at(static_cast<std::size_t>(participants->rank()));
    groups.emplace(std::pair{ranks, planned.split->name}, participants->split(color));
  }
  std::size_t done = 0;
  for (const PlannedCase& planned : cases) {
    const std::optional<TimingOptions> timing = share(cases.size() - done);
    progress_.show(++done, cases.size(), name(planned.what));
    watchdog_.watch(name(planned.what));
    const int ranks = planned.what.ranks;
    if (const auto& participants = worlds.at(ranks); participants && timing) {
      measure(planned, *participants, planned.split ? groups.at({ranks, planned.split->name}) : *participants, *timing);
    } else if (participants) {
      Measurement left_out = not_yet_measured(planned, participants->device());
      left_out.skipped = fmt::format("left out: the time budget of {:g} s was spent", options_.budget.count());
      deliver(left_out);
    }
    world_.wait_politely();
  }
  progress_.clear();
  return std::move(measurements_);
}

}  // namespace lanemark
