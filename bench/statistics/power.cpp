// SPDX-License-Identifier: MIT

#include "bench/statistics/power.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <ranges>
#include <string>
#include <vector>

#include "bench/statistics/finite.hpp"
#include "bench/statistics/normal.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/statistics/rank_distribution.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// P(X < Y and X' < Y) for standard normal X, X' and Y - distance. Trapezoids on all of a smooth density are as good as
/// exact.
double both_below(double distance) {
  constexpr double step = 0.125;
  constexpr int steps = 72;  // to nine deviations on each side
  double sum = 0;
  for (int i = -steps; i <= steps; ++i) {
    const double z = step * i;
    const double below = normal_tail(z + distance);
    sum += std::exp(-z * z / 2) * below * below;
  }
  return sum * step * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

/// P(X < Y) for the same.
double one_below(double distance) { return normal_tail(distance / std::numbers::sqrt2); }

/// Power at a distance in standard deviations.
double power_at(std::size_t n, std::size_t m, double distance, double alpha) {
  const std::optional<std::size_t> critical = critical_u(n, m, alpha);
  if (!critical) return 0;
  const auto pairs = static_cast<double>(n * m);
  const double p = one_below(distance);
  const double variance = pairs * (p * (1 - p) + static_cast<double>(n + m - 2) * (both_below(distance) - p * p));
  const double beyond = pairs * p - (pairs - static_cast<double>(*critical)) + 0.5;
  return normal_tail(beyond / std::sqrt(std::max(0.0, variance)));
}

void require_spread(double spread) {
  if (spread >= 0 && std::isfinite(spread)) return;
  throw Error("the spread of launches is finite and not negative, and is said to be " + std::to_string(spread));
}

double log_change(double change) {
  if (change > -1 && std::isfinite(change)) return std::abs(std::log1p(change));
  throw Error("a relative change is finite and above -1, and is said to be " + std::to_string(change));
}

}  // namespace

double alpha_among(double q, std::size_t cases, std::size_t changed) {
  require_between_0_and_1(q, "a rate of false discoveries");
  if (changed == 0 || changed > cases) {
    throw Error(std::to_string(changed) + " changed cases among " + std::to_string(cases));
  }
  return q * static_cast<double>(changed) / static_cast<double>(cases);
}

double log_spread(std::span<const double> medians) {
  require_positive(medians, "launch medians");
  std::vector<double> logs(medians.size());
  std::ranges::transform(medians, logs.begin(), [](double value) { return std::log(value); });
  return spread_of_logs(std::move(logs));
}

double spread_of_logs(std::vector<double> logs) {
  if (logs.size() < 2) throw Error("the spread of launches needs two or more of them");
  constexpr double normal_quartile = 0.6744897501960817;
  constexpr double normal_decile = 1.2815515655446004;
  const double tails = (quantile_of(logs, 0.9) - quantile_of(logs, 0.1)) / (2 * normal_decile);
  const double middle = median(logs);
  for (double& log : logs) log = std::abs(log - middle);
  return std::max(tails, median(std::move(logs)) / normal_quartile);
}

std::vector<double> log_residuals(std::span<const double> x, std::span<const double> y) {
  const auto launches = static_cast<double>(x.size() + y.size());
  const double wider = std::sqrt(launches / std::max(1.0, launches - 2));
  std::vector<double> all;
  all.reserve(x.size() + y.size());
  for (const std::span<const double> side : {x, y}) {
    const double middle = std::log(median({side.begin(), side.end()}));
    for (const double value : side) all.push_back(wider * (std::log(value) - middle));
  }
  return all;
}

std::size_t least_launches(double alpha) {
  std::size_t launches = 1;
  while (!critical_u(launches, launches, alpha)) ++launches;
  return launches;
}

double rank_test_power(std::size_t n, std::size_t m, double change, double spread, double alpha) {
  const double log = log_change(change);
  require_spread(spread);
  return power_at(n, m, log == 0 ? 0 : log / spread, alpha);
}

std::optional<std::size_t> launches_needed(double change, double spread, const PowerGoal& goal) {
  constexpr double most = 1e6;
  const double log = log_change(change);
  require_spread(spread);
  require_between_0_and_1(goal.power, "a power");
  if (log == 0) throw Error("no number of launches shows a change of nothing");
  const std::size_t least = least_launches(goal.alpha);
  const double distance = log / spread;
  const double advantage = one_below(distance) - 0.5;
  const double deviations = normal_quantile(goal.power) - normal_quantile(goal.alpha / 2);
  const double noether = deviations * deviations / (6 * advantage * advantage);
  if (!(noether <= most)) return std::nullopt;
  const auto enough = [&](std::size_t n) { return power_at(n, n, distance, goal.alpha) >= goal.power; };
  std::size_t launches = std::max(least, static_cast<std::size_t>(noether));
  while (launches > least && enough(launches - 1)) --launches;
  while (!enough(launches)) ++launches;
  return launches;
}

std::optional<std::size_t> launches_needed_against(std::size_t n, double change, double spread, const PowerGoal& goal) {
  constexpr std::size_t most = 1000;
  const double log = log_change(change);
  require_spread(spread);
  require_between_0_and_1(goal.power, "a power");
  if (log == 0) throw Error("no number of launches shows a change of nothing");
  const auto numbers = std::views::iota(std::size_t{1}, most + 1);
  const auto enough = std::ranges::partition_point(
      numbers, [&](std::size_t m) { return power_at(n, m, log / spread, goal.alpha) < goal.power; });
  return enough == numbers.end() ? std::nullopt : std::optional{*enough};
}

}  // namespace lanemark
