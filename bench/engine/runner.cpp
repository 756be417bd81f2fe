// SPDX-License-Identifier: MIT

#include "bench/engine/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "bench/engine/alternation.hpp"
#include "bench/engine/wait_for_root.hpp"
#include "bench/record/json.hpp"
#include "collectives/core/memory_agreement.hpp"
#include "kernels/core/error.hpp"

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

/// A case that turned out to lack memory after it was ready.
Measurement left_out(const ReadyCase& one, const World& participants, const std::string& reason) {
  Measurement m = not_yet_measured(*one.planned, participants.device());
  m.skipped = reason;
  return m;
}

/// A case's samples taken, the rest of its measurement.
Measurement complete(const ReadyCase& one, Turns turns, const World& participants, const MachineWatch& watch) {
  Measurement m = one.measurement;
  watch.describe(m);
  if (turns.stop != Stop::count) m.stop = turns.stop;
  if (one.planned->split) {
    m.groups = group_times(participants, *one.group, *one.planned->split, turns.samples.mine);
  }
  m.samples = std::move(turns.samples.times);
  m.slowest_rank = std::move(turns.samples.slowest_rank);
  m.verdict = agree(participants, one.trial->verify());
  one.trial->describe(m, Stopwatch{participants});
  return recordable(std::move(m));
}

/// One repetition of cases that are sampled together: all their samples, then all their verdicts.
std::vector<Measurement> measure_once(std::span<const ReadyCase* const> cases, const World& participants,
                                      const TimingOptions& timing, int repetition, MachineWatch& watch) {
  std::vector<Turns> turns;
  watch.begin();
  const auto none = lack_in([&] { turns = sample_in_turn(participants, cases, timing); });
  watch.end();
  std::vector<Measurement> measurements;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    auto lacking = none;
    Measurement m;
    if (!lacking) lacking = lack_in([&] { m = complete(*cases[i], std::move(turns[i]), participants, watch); });
    measurements.push_back(lacking ? left_out(*cases[i], participants, *lacking) : std::move(m));
    measurements.back().repetition = repetition;
  }
  return measurements;
}

}  // namespace

Verdict agree(const World& world, const Verdict& mine) {
  const bool wrong = mine.kind == Verdict::Kind::wrong;
  const auto problem =
      world.first_problem(wrong ? std::optional{fmt::format("rank {}: {}", world.rank(), mine.detail)} : std::nullopt);
  if (problem) return {.kind = Verdict::Kind::wrong, .detail = *problem};
  if (world.all(mine.kind == Verdict::Kind::correct)) return {.kind = Verdict::Kind::correct};
  const auto reason = world.first_problem(mine.detail.empty() ? std::nullopt : std::optional{mine.detail});
  return {.kind = Verdict::Kind::unverified, .detail = reason.value_or("")};
}

Runner::Runner(const World& world, RunnerOptions options, Watchdog& watchdog, MeasurementSink sink)
    : world_{world},
      options_{std::move(options)},
      watchdog_{watchdog},
      sink_{std::move(sink)},
      progress_{world.is_root(), options_.progress} {}

void Runner::deliver(const Measurement& measurement) {
  measurements_.push_back(measurement);
  if (!world_.is_root() || lost_) return;
  try {
    sink_(measurement);
  } catch (const Error& error) {  // the others learn of it between two cases
    lost_ = error.what();
  }
}

void Runner::measure(std::span<const PlannedCase> together, const World& participants,
                     std::span<const World* const> groups, const TimingOptions& timing, MachineWatch& watch) {
  const auto ready = make_ready(together, participants, groups, timing);
  if (!ready) {
    for (std::size_t i = 0; i < together.size(); ++i) {
      watchdog_.watch(name(together[i].what));
      measure(together.subspan(i, 1), participants, groups.subspan(i, 1), timing, watch);
      wait_for_root(participants, watchdog_);  // the sink may show the case to a person
    }
    return;
  }
  std::vector<const ReadyCase*> sampled;
  for (const ReadyCase& one : *ready) {
    if (one.trial) sampled.push_back(&one);
  }
  for (int repetition = 0; repetition < options_.repetitions; ++repetition) {
    const bool spent = repetition > 0 && !sampled.empty() && budget_is_spent(participants);
    std::vector<Measurement> taken;
    if (!spent && !sampled.empty()) taken = measure_once(sampled, participants, timing, repetition, watch);
    std::size_t member = 0;
    for (const ReadyCase& one : *ready) {
      if (one.trial && !spent) {
        deliver(taken[member++]);
      } else if (!one.trial && repetition == 0) {
        deliver(one.measurement);
      } else if (one.trial) {  // of all the repetitions that are missing one says so
        Measurement none = one.measurement;
        none.repetition = repetition;
        none.skipped = spent_budget();
        deliver(none);
      }
    }
    if (spent || sampled.empty()) return;
    if (repetition + 1 < options_.repetitions) wait_for_root(participants, watchdog_);
  }
}

std::string Runner::spent_budget() const {
  return fmt::format("left out: the time budget of {:g} s was spent", options_.budget.count());
}

bool Runner::budget_is_spent(const World& participants) const {
  if (options_.budget == Seconds{0}) return false;
  const Seconds spent{participants.max(Seconds{std::chrono::steady_clock::now() - start_}.count())};
  return spent >= options_.budget;
}

std::optional<TimingOptions> Runner::share(std::size_t left) const {
  TimingOptions timing = options_.timing;
  if (options_.budget == Seconds{0}) return timing;
  const Seconds spent{world_.max(Seconds{std::chrono::steady_clock::now() - start_}.count())};
  if (spent >= options_.budget) return std::nullopt;
  // Of a case's share most goes to samples; setting up and checking take the rest.
  constexpr double for_samples = 0.5;
  constexpr double for_warm_up = 0.2;
  const Seconds mine = (options_.budget - spent) / (static_cast<double>(left) * std::max(1, options_.repetitions));
  timing.min_time = std::min(timing.min_time, mine * for_samples);
  timing.max_time = mine * for_samples;
  timing.bounded = true;
  timing.max_warm_up = std::min(timing.max_warm_up, mine * for_warm_up);
  return timing;
}

std::vector<Measurement> Runner::run(std::span<const PlannedCase> cases) {
  watchdog_.watch("making the groups of ranks");
  std::map<int, std::optional<World>> worlds;
  std::map<std::pair<int, std::string>, World> groups;
  std::map<int, MachineWatch> watches;
  for (const PlannedCase& planned : cases) {
    const int ranks = planned.what.ranks;
    if (!worlds.contains(ranks)) {
      const std::optional<World>& made = worlds.emplace(ranks, world_.first(ranks)).first->second;
      if (made) watches.try_emplace(ranks, *made, *options_.processors);
    }
    const std::optional<World>& participants = worlds.at(ranks);
    if (!planned.split || !participants || groups.contains({ranks, planned.split->name})) continue;
    const int color = planned.split->colors.at(static_cast<std::size_t>(participants->rank()));
    groups.emplace(std::pair{ranks, planned.split->name}, participants->split(color));
  }
  start_ = std::chrono::steady_clock::now();  // of the budget, which is for cases
  for (std::size_t done = 0; done < cases.size();) {
    const std::optional<TimingOptions> timing = share(cases.size() - done);
    const std::span<const PlannedCase> together = cases.subspan(done, companions(cases.subspan(done)));
    done += together.size();
    const PlannedCase& first = together.front();
    progress_.show(done, cases.size(), name(first.what));
    watchdog_.watch(name(first.what), together.size());
    const int ranks = first.what.ranks;
    if (!timing) left_out_ += together.size();
    if (const auto& participants = worlds.at(ranks); participants && timing) {
      std::vector<const World*> of_case;
      for (const PlannedCase& one : together) {
        of_case.push_back(one.split ? &groups.at({ranks, one.split->name}) : &*participants);
      }
      measure(together, *participants, of_case, *timing, watches.at(ranks));
    } else if (participants) {
      for (const PlannedCase& one : together) {
        Measurement unmeasured = not_yet_measured(one, participants->device());
        unmeasured.skipped = spent_budget();
        deliver(unmeasured);
      }
    }
    wait_for_root(world_, watchdog_);
    stopped_ = world_.first_problem(lost_);
    if (stopped_) break;
  }
  progress_.clear();
  watchdog_.watch("leaving the groups of ranks");
  return std::move(measurements_);
}

}  // namespace lanemark
