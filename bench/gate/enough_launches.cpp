// SPDX-License-Identifier: MIT

#include "bench/gate/enough_launches.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "bench/statistics/normal.hpp"

namespace lanemark {
namespace {

using Number = std::optional<std::size_t>;

/// Nothing where it is negative, or more than anybody will start.
Number above(double needed) {
  constexpr double most = 10'000;
  return needed >= 0 && needed < most ? Number{static_cast<std::size_t>(std::ceil(needed))} : std::nullopt;
}

Number larger(std::size_t one, const Number& other) { return other ? Number{std::max(one, *other)} : std::nullopt; }

constexpr double step = 1.05;

/// Of a change of so many spreads, to the next lower step of 5 %.
int step_of(double distance) {
  constexpr double closest = 1e-3;
  constexpr double farthest = 1e2;
  return static_cast<int>(std::floor(std::log(std::clamp(distance, closest, farthest)) / std::log(step)));
}

template <class Key, class Work>
Number remembered(std::map<Key, Number>& known, const Key& key, Work&& work) {
  const auto [place, is_new] = known.try_emplace(key);
  if (is_new) place->second = work();
  return place->second;
}

double change_of(int number) { return std::expm1(std::pow(step, number)); }

}  // namespace

EnoughLaunches::EnoughLaunches(const PowerGoal& goal, double confidence)
    : goal_{goal}, confidence_{confidence}, least_to_bound_{least_launches(1 - confidence)} {}

std::optional<LaunchesNeeded> EnoughLaunches::to_decide(const CaseVerdict& verdict) {
  const std::size_t base = verdict.base.size();
  const std::size_t run = verdict.run.size();
  const double spread = spread_of_logs(log_residuals(verdict.base, verdict.run));
  const double change = log_size(verdict.shift->change);
  const double threshold = std::log1p(verdict.threshold);
  const bool calls_change = change > threshold;
  // Of an interval both ends must lie within.
  const double deviations = calls_change
                                ? normal_quantile(goal_.power)
                                : normal_quantile((1 + goal_.power) / 2) + normal_quantile((1 + confidence_) / 2);
  // The estimate's variance is pi / 3 (1 / base + 1 / run) spread^2 (Hodges and Lehmann 1963).
  const double error = (change - threshold) / (deviations * spread);
  const double inverses = 3 / std::numbers::pi * error * error;  // 1 / base + 1 / run, at most
  const double distance = change / spread;
  Number of_run = above(1 / (inverses - 1 / static_cast<double>(base)));
  Number of_each = above(2 / inverses);
  if (of_run) of_run = larger(*of_run, calls_change ? to_see(base, distance) : to_bound(base));
  if (of_each) of_each = larger(*of_each, calls_change ? to_see_alike(distance) : Number{least_to_bound_});
  // As many as there are did not decide it.
  if (of_run) of_run = std::max(*of_run, run + 1);
  if (of_each) of_each = std::max({*of_each, base, run, base == run ? run + 1 : 0});
  if (of_run && (!of_each || *of_run - run <= 2 * *of_each - base - run)) return LaunchesNeeded{base, *of_run};
  return of_each ? std::optional{LaunchesNeeded{*of_each, *of_each}} : std::nullopt;
}

Number EnoughLaunches::to_see_alike(double distance) {
  const int number = step_of(distance);
  return remembered(alike_, number, [&] { return launches_needed(change_of(number), 1, goal_); });
}

Number EnoughLaunches::to_see(std::size_t base, double distance) {
  const int number = step_of(distance);
  return remembered(against_, std::pair{base, number},
                    [&] { return launches_needed_against(base, change_of(number), 1, goal_); });
}

/// For the interval to be bounded at all.
Number EnoughLaunches::to_bound(std::size_t base) {
  constexpr double any = 1e3;
  const PowerGoal sees_all{.alpha = 1 - confidence_, .power = goal_.power};
  return remembered(bounding_, base, [&] { return launches_needed_against(base, any, 1e-3, sees_all); });
}

}  // namespace lanemark
