// SPDX-License-Identifier: MIT

#include "bench/statistics/change_points.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>

#include "bench/statistics/finite.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

struct Split {
  double statistic = 0;
  std::size_t index = 0;
};

/// The split of a segment into a left part and a right part, which may end before the segment does lest a later change
/// back hide this one, with the largest energy distance between them: Matteson and James's Q, for all ends of both
/// parts at a constant cost each.
Split best_split(std::span<const double> values, std::size_t least) {
  Split best{};
  const std::size_t n = values.size();
  if (n < 2 * least) return best;
  std::vector<double> to_earlier(n);  // the sum of distances of each value to all before it
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) to_earlier[i] += std::abs(values[i] - values[j]);
  }
  std::vector<double> to_left(n);  // the same to those in the left part, for values right of it
  double within_left = 0;
  for (std::size_t left = 1; left + least <= n; ++left) {
    within_left += to_earlier[left - 1];
    for (std::size_t i = left; i < n; ++i) to_left[i] += std::abs(values[i] - values[left - 1]);
    if (left < least) continue;
    const auto lefts = static_cast<double>(left);
    double between = 0;
    double within_right = 0;
    for (std::size_t end = left; end < n; ++end) {
      between += to_left[end];
      within_right += to_earlier[end] - to_left[end];
      const std::size_t right = end + 1 - left;
      if (right < least) continue;
      const auto rights = static_cast<double>(right);
      const double apart = between - within_left * rights / (lefts - 1) - within_right * lefts / (rights - 1);
      const double statistic = 2 * apart / (lefts + rights);
      if (statistic > best.statistic) best = {statistic, left};
    }
  }
  return best;
}

/// Of all splits of a segment from `from` to before `to`, that with the largest energy distance between its parts.
std::size_t farthest_apart(std::span<const double> values, std::size_t from, std::size_t to) {
  const auto mean_distance = [](std::span<const double> x, std::span<const double> y) {
    double sum = 0;
    for (const double one : x) {
      for (const double other : y) sum += std::abs(one - other);
    }
    return sum / static_cast<double>(x.size()) / static_cast<double>(y.size());
  };
  std::size_t best = from;
  double largest = -1;
  for (std::size_t at = from; at < to; ++at) {
    const std::span<const double> left = values.first(at);
    const std::span<const double> right = values.subspan(at);
    const double weight = static_cast<double>(left.size()) * static_cast<double>(right.size());
    const double apart =
        weight * (2 * mean_distance(left, right) - mean_distance(left, left) - mean_distance(right, right));
    if (apart > largest) {
      largest = apart;
      best = at;
    }
  }
  return best;
}

/// The last part may not be shorter than `least` while a change is looked for; one that is found at that bound may lie
/// nearer to the end.
std::size_t located(std::span<const double> values, std::size_t index, const std::vector<std::size_t>& ends,
                    std::size_t least) {
  if (index + least != values.size()) return index;
  const std::size_t begin = ends.size() < 2 ? 0 : ends[ends.size() - 2];
  return begin + farthest_apart(values.subspan(begin), index - begin, values.size() - begin);
}

/// Without bias and the same everywhere, which the standard library's distributions are not.
std::uint64_t below(std::uint64_t bound, std::mt19937_64& random) {
  const std::uint64_t uneven = (0 - bound) % bound;  // 2^64 mod bound
  std::uint64_t draw = random();
  while (draw < uneven) draw = random();
  return draw % bound;
}

void shuffle(std::span<double> values, std::mt19937_64& random) {
  for (std::size_t left = values.size(); left > 1; --left) std::swap(values[left - 1], values[below(left, random)]);
}

/// The changes found so far cut the series into segments. `ends` has the end of each, the last is the series' own.
Split best_split(std::span<const double> values, const std::vector<std::size_t>& ends, std::size_t least) {
  Split best{};
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    const Split split = best_split(values.subspan(begin, end - begin), least);
    if (split.statistic > best.statistic) best = {split.statistic, begin + split.index};
    begin = end;
  }
  return best;
}

/// The share of permutations within the segments whose best split is no worse; 1 as soon as it is above alpha.
double p_value(const Split& found, std::vector<double> values, const std::vector<std::size_t>& ends,
               const ChangePointOptions& options, std::mt19937_64& random) {
  constexpr double rounding = 1e-12;
  const auto all = static_cast<double>(options.permutations) + 1;
  double as_good = 1;  // the series itself
  for (std::size_t i = 0; i < options.permutations; ++i) {
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      shuffle(std::span{values}.subspan(begin, end - begin), random);
      begin = end;
    }
    if (best_split(values, ends, options.least_segment).statistic < found.statistic * (1 - rounding)) continue;
    if (++as_good > options.alpha * all) return 1;
  }
  return as_good / all;
}

/// By a power of two, which changes no digit: sums of distances must not exceed the largest double.
std::vector<double> scaled(std::span<const double> series) {
  std::vector<double> values{series.begin(), series.end()};
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  if (largest == 0) return values;
  const int exponent = std::ilogb(largest);
  for (double& value : values) value = std::scalbn(value, -exponent);
  return values;
}

void require_valid(std::span<const double> series, const ChangePointOptions& options) {
  require_finite(series, "a series with change points");
  require_between_0_and_1(options.alpha, "the alpha of change points");
  if (options.least_segment < 2) throw Error("a segment between change points needs two values to vary");
  if (options.alpha * (static_cast<double>(options.permutations) + 1) >= 1) return;
  throw Error("an alpha of " + std::to_string(options.alpha) + " is out of reach of " +
              std::to_string(options.permutations) + " permutations; it takes 1 / alpha");
}

}  // namespace

std::vector<ChangePoint> change_points(std::span<const double> series, const ChangePointOptions& options) {
  require_valid(series, options);
  const std::vector<double> values = scaled(series);
  std::mt19937_64 random{options.seed};
  std::vector<ChangePoint> found;
  std::vector<std::size_t> ends{values.size()};
  while (true) {
    const Split split = best_split(values, ends, options.least_segment);
    if (split.statistic <= 0) break;
    const double p = p_value(split, values, ends, options, random);
    if (p > options.alpha) break;
    const std::size_t index = located(values, split.index, ends, options.least_segment);
    found.push_back({index, p});
    ends.insert(std::ranges::lower_bound(ends, index), index);
  }
  std::ranges::sort(found, {}, &ChangePoint::index);
  return found;
}

}  // namespace lanemark
