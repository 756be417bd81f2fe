// SPDX-License-Identifier: MIT

#include "bench/statistics/rank_test.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "bench/statistics/finite.hpp"
#include "bench/statistics/normal.hpp"
#include "bench/statistics/rank_distribution.hpp"

namespace lanemark {
namespace {

/// All values in order, each with its rank, doubled as the midrank of equal values may be half of an odd number.
struct Pooled {
  ValueRanks ranks;
  std::size_t sum_of_x = 0;
  double tied = 0;
};

Pooled pool(std::span<const double> x, std::span<const double> y) {
  struct Value {
    double value;
    bool of_x;
  };
  std::vector<Value> values;
  values.reserve(x.size() + y.size());
  for (const double value : x) values.push_back({value, true});
  for (const double value : y) values.push_back({value, false});
  std::ranges::sort(values, {}, &Value::value);
  Pooled pooled;
  pooled.ranks.reserve(values.size());
  for (std::size_t first = 0; first < values.size();) {
    std::size_t end = first;
    std::size_t of_x = 0;
    for (; end < values.size() && values[end].value == values[first].value; ++end) of_x += values[end].of_x ? 1 : 0;
    const std::size_t doubled = first + 1 + end;
    pooled.ranks.insert(pooled.ranks.end(), end - first, doubled);
    pooled.sum_of_x += of_x * doubled;
    const auto equal = static_cast<double>(end - first);
    pooled.tied += equal * equal * equal - equal;
    first = end;
  }
  return pooled;
}

double two_sided(double tail) { return std::min(1.0, 2 * tail); }

}  // namespace

RankTest rank_test(std::span<const double> x, std::span<const double> y) {
  const std::size_t n = x.size();
  const std::size_t m = y.size();
  require_samples(n, m);
  require_finite(x, "first sample of a rank test");
  require_finite(y, "second sample of a rank test");
  Pooled pooled = pool(x, y);
  const std::size_t twice_u = 2 * n * m + n * (n + 1) - pooled.sum_of_x;
  const double u = static_cast<double>(twice_u) / 2;
  if (n * m > most_exact_pairs) {
    const double deviation = rank_deviation(n, m, pooled.tied);
    const double off = std::max(0.0, std::abs(u - static_cast<double>(n * m) / 2) - 0.5);
    return {.u = u, .p = deviation > 0 ? two_sided(normal_tail(-off / deviation)) : 1, .exact = false};
  }
  if (pooled.tied == 0) {
    return {.u = u, .p = two_sided(rank_tail(n, m, std::min(twice_u, 2 * n * m - twice_u) / 2))};
  }
  // The smaller sample's sum is the shorter computation.
  const std::size_t sum = n <= m ? pooled.sum_of_x : (n + m) * (n + m + 1) - pooled.sum_of_x;
  const SumTails tails = rank_sum_tails(std::move(pooled.ranks), std::min(n, m), sum);
  return {.u = u, .p = two_sided(std::min(tails.at_most, tails.at_least))};
}

}  // namespace lanemark
