#include "bench/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "bench/alternation.hpp"

namespace lanemark {
namespace {

/// How many of the first cases are to be sampled together.
std::size_t companions(std::span<const PlannedCase> cases) {
  const PlannedCase& first = cases.front();
  if (first.companions.empty()) return 1;
  const auto other = std::ranges::find_if(cases, [&](const PlannedCase& one) {
    return one.companions != first.companions || one.what.ranks != first.what.ranks;
  });
  return static_cast<std::size_t>(other - cases.begin());
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

/// One repetition of cases that are sampled together: all their samples, then all their verdicts.
std::vector<Measurement> measure_once(std::span<const ReadyCase* const> cases, const World& participants,
                                      const TimingOptions& timing, int repetition) {
  const Stopwatch stopwatch{participants};
  std::vector<Turns> turns = sample_in_turn(participants, cases, timing);
  std::vector<Measurement> measurements;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const ReadyCase& one = *cases[i];
    Measurement& m = measurements.emplace_back(one.measurement);
    m.repetition = repetition;
    m.stop = turns[i].stop;
    if (one.planned->split) {
      m.groups = group_times(participants, *one.group, *one.planned->split, turns[i].samples.mine);
    }
    m.samples = std::move(turns[i].samples.times);
    m.slowest_rank = std::move(turns[i].samples.slowest_rank);
    m.verdict = agree(participants, one.trial->verify());
    one.trial->describe(m, stopwatch);
  }
  return measurements;
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

void Runner::measure(std::span<const PlannedCase> together, const World& participants,
                     std::span<const World* const> groups, const TimingOptions& timing) {
  const auto ready = make_ready(together, participants, groups, timing);
  if (!ready) {
    for (std::size_t i = 0; i < together.size(); ++i) {
      watchdog_.watch(name(together[i].what));
      measure(together.subspan(i, 1), participants, groups.subspan(i, 1), timing);
    }
    return;
  }
  std::vector<const ReadyCase*> sampled;
  for (const ReadyCase& one : *ready) {
    if (one.trial) sampled.push_back(&one);
  }
  // Google Benchmark asks for all repetitions of a case before it comes to the next, whose were taken meanwhile.
  std::vector<std::vector<Measurement>> taken;
  std::size_t member = 0;
  for (const ReadyCase& one : *ready) {
    if (!one.trial) {
      deliver(one.measurement);
      continue;
    }
    google_benchmark_.run(name(one.planned->what), one.counts.samples, [&](int repetition) {
      const auto index = static_cast<std::size_t>(repetition);
      while (taken.size() <= index) {
        taken.push_back(measure_once(sampled, participants, timing, static_cast<int>(taken.size())));
      }
      deliver(taken[index][member]);
      return taken[index][member];
    });
    ++member;
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
  for (std::size_t done = 0; done < cases.size();) {
    const std::optional<TimingOptions> timing = share(cases.size() - done);
    const std::span<const PlannedCase> together = cases.subspan(done, companions(cases.subspan(done)));
    done += together.size();
    const PlannedCase& first = together.front();
    progress_.show(done, cases.size(), name(first.what));
    watchdog_.watch(name(first.what), together.size());
    const int ranks = first.what.ranks;
    if (const auto& participants = worlds.at(ranks); participants && timing) {
      std::vector<const World*> of_case;
      for (const PlannedCase& one : together) {
        of_case.push_back(one.split ? &groups.at({ranks, one.split->name}) : &*participants);
      }
      measure(together, *participants, of_case, *timing);
    } else if (participants) {
      for (const PlannedCase& one : together) {
        Measurement left_out = not_yet_measured(one, participants->device());
        left_out.skipped = fmt::format("left out: the time budget of {:g} s was spent", options_.budget.count());
        deliver(left_out);
      }
    }
    world_.wait_politely();
  }
  progress_.clear();
  return std::move(measurements_);
}

}  // namespace lanemark
