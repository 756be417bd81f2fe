// SPDX-License-Identifier: MIT

#include "bench/statistics/detectable_change.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "bench/statistics/finite.hpp"
#include "bench/statistics/normal.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/statistics/rank_distribution.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// How much farther from their middle launches must be taken to lie, for a change to be seen with the power asked for
/// on average over the spreads that so many launches might have shown: the d with d = a + z sqrt(1 + d^2 / 2 freedom)
/// over a + z, where a and z are the deviations of level and power, and a spread's own relative variance is 1 / 2
/// freedom.
double widening(double freedom, const PowerGoal& goal) {
  const double level = -normal_quantile(goal.alpha / 2);
  const double power = std::max(0.0, normal_quantile(goal.power));
  double distance = level + power;
  constexpr int steps = 20;
  for (int i = 0; i < steps; ++i) {
    distance = level + power * std::sqrt(1 + distance * distance / (2 * freedom));
  }
  return distance / (level + power);
}

/// So many that the estimate is steady, but with many launches, which are steady themselves, no more than time allows.
std::size_t deals(std::size_t pairs) {
  constexpr std::size_t fewest = 20;
  constexpr std::size_t most = 100;
  constexpr std::size_t pairs_in_all = 10'000;
  return std::clamp(pairs_in_all / pairs, fewest, most);
}

}  // namespace

std::optional<double> detectable_change(std::span<const double> x, std::span<const double> y, double threshold,
                                        const PowerGoal& goal) {
  require_samples(x.size(), y.size());
  require_positive(x, "the first launches");
  require_positive(y, "the second launches");
  require_between_0_and_1(goal.power, "a power");
  if (x.size() + y.size() < 3) throw Error("what launches can show needs three or more of them");
  if (!(threshold >= 0) || !std::isfinite(threshold)) throw Error("a threshold is finite and not negative");
  const std::optional<std::size_t> critical = critical_u(x.size(), y.size(), goal.alpha);
  if (!critical) return std::nullopt;
  std::vector<double> dealt = log_residuals(x, y);
  const double wider = widening(std::max(1.0, static_cast<double>(dealt.size()) - 2), goal);
  for (double& residual : dealt) residual *= wider;
  std::mt19937_64 random{1};
  const auto deal = [&] { return dealt[random() % dealt.size()]; };
  std::vector<double> one(x.size());
  std::vector<double> differences(x.size() * y.size());
  std::vector<double> least(deals(differences.size()));
  for (double& change : least) {
    std::ranges::generate(one, deal);
    for (auto next = differences.begin(); next != differences.end();) {
      const double other = deal();
      next = std::ranges::transform(one, next, [other](double value) { return other - value; }).out;
    }
    // Slower by this, all but `critical` pairs are above 0, and the middle one is at the threshold.
    const double for_test = -nth_smallest(differences, 0, *critical);
    change = std::max(for_test, std::log1p(threshold) - nth_smallest(differences, *critical, differences.size() / 2));
  }
  return std::expm1(std::max(0.0, quantile_of(std::move(least), goal.power)));
}

}  // namespace lanemark
