// SPDX-License-Identifier: MIT

#include "bench/statistics/shift.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "bench/statistics/finite.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/statistics/rank_distribution.hpp"

namespace lanemark {
namespace {

/// Of logarithms, as a ratio of two doubles may be none.
std::vector<double> differences(std::span<const double> x, std::span<const double> y) {
  std::vector<double> logs(x.size());
  std::ranges::transform(x, logs.begin(), [](double value) { return std::log(value); });
  std::vector<double> all;
  all.reserve(x.size() * y.size());
  for (const double value : y) {
    const double log = std::log(value);
    for (const double other : logs) all.push_back(log == other ? 0 : log - other);  // 0 is as large as 0
  }
  return all;
}

}  // namespace

double log_size(double change) { return std::abs(std::log1p(change)); }

Shift relative_shift(std::span<const double> x, std::span<const double> y, double confidence) {
  require_samples(x.size(), y.size());
  require_not_negative(x, "first sample of a shift");
  require_not_negative(y, "second sample of a shift");
  require_between_0_and_1(confidence, "the confidence of a shift");
  std::vector<double> all = differences(x, y);
  const std::optional<std::size_t> u = critical_u(x.size(), y.size(), 1 - confidence);
  Shift shift{.low = -1, .high = std::numeric_limits<double>::infinity(), .confidence = 1, .bounded = u.has_value()};
  // From below to above, so that each search is left with what the one before it put in its upper part.
  std::size_t sorted = 0;
  if (u) {
    shift.low = std::expm1(nth_smallest(all, 0, *u));
    shift.confidence = 1 - 2 * rank_tail(x.size(), y.size(), *u);
    sorted = *u;
  }
  const std::size_t below = (all.size() - 1) / 2;
  const std::size_t above = all.size() / 2;
  const double lower = nth_smallest(all, sorted, below);
  const double upper = above == below ? lower : nth_smallest(all, below, above);
  const bool opposite = std::isinf(lower) && std::isinf(upper) && lower != upper;
  shift.change = opposite ? 0 : std::expm1((lower + upper) / 2);
  if (u) shift.high = std::expm1(nth_smallest(all, above, all.size() - 1 - *u));
  return shift;
}

}  // namespace lanemark
