// SPDX-License-Identifier: MIT

#include "bench/statistics/rank_distribution.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <ranges>
#include <string>
#include <utility>

#include "bench/statistics/finite.hpp"
#include "bench/statistics/normal.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// How many of the subsets of `size` of these ascending ranks exceed the least sum of such a subset by 0, 1 ... `most`.
/// The shift algorithm; on the ranks 1 ... N it is the recurrence of Mann and Whitney, and the excess is U.
std::vector<double> subsets_by_excess(const ValueRanks& ranks, std::size_t size, std::size_t most) {
  ValueRanks sums(ranks.size() + 1);
  std::partial_sum(ranks.begin(), ranks.end(), sums.begin() + 1);
  const std::size_t width = most + 1;
  std::vector<double> rows((size + 1) * width);  // row k: subsets of k of the ranks seen so far
  rows[0] = 1;
  for (std::size_t seen = 0; seen < ranks.size(); ++seen) {
    // Left out are subsets that the ranks to come cannot fill up: so n m rows are visited in all, not N n.
    const std::size_t to_come = ranks.size() - seen - 1;
    const std::size_t fewest = size > to_come ? size - to_come : 0;
    for (std::size_t k = std::min(size, seen + 1); k >= std::max<std::size_t>(fewest, 1); --k) {
      const std::size_t shift = ranks[seen] - ranks[k - 1];
      if (shift > most) continue;
      const std::size_t largest = sums[seen] - sums[seen - (k - 1)] - sums[k - 1];
      const double* from = &rows[(k - 1) * width];
      double* to = &rows[k * width + shift];
      const std::size_t count = std::min(largest, most - shift) + 1;
      for (std::size_t excess = 0; excess < count; ++excess) to[excess] += from[excess];
    }
  }
  return {rows.end() - static_cast<std::ptrdiff_t>(width), rows.end()};
}

double subsets(std::size_t all, std::size_t size) {
  double product = 1;
  for (std::size_t i = 1; i <= size; ++i) {
    product *= static_cast<double>(all - size + i) / static_cast<double>(i);
  }
  return product;
}

using Tails = std::vector<double>;

/// P(U <= u) for u up to n m / 2; beyond, the distribution repeats itself. Kept, as a gate asks for the same two
/// numbers of launches once per case.
std::shared_ptr<const Tails> tails_without_ties(std::size_t n, std::size_t m) {
  constexpr std::size_t most_kept = 256;
  static std::mutex mutex;
  static std::map<std::pair<std::size_t, std::size_t>, std::shared_ptr<const Tails>> kept;
  const std::pair key = std::minmax({n, m});
  const std::scoped_lock lock{mutex};
  if (const auto found = kept.find(key); found != kept.end()) return found->second;
  ValueRanks ranks(n + m);
  std::iota(ranks.begin(), ranks.end(), 1);
  Tails tails = subsets_by_excess(ranks, key.first, n * m / 2);
  std::partial_sum(tails.begin(), tails.end(), tails.begin());
  const double all = subsets(n + m, key.first);
  for (double& tail : tails) tail /= all;
  if (kept.size() == most_kept) kept.clear();
  return kept[key] = std::make_shared<const Tails>(std::move(tails));
}

}  // namespace

void require_samples(std::size_t n, std::size_t m) {
  if (n > 0 && m > 0) return;
  throw Error("ranks of " + std::to_string(n) + " values against " + std::to_string(m) +
              ": each side needs at least one");
}

SumTails rank_sum_tails(ValueRanks ranks, std::size_t size, std::size_t sum) {
  const auto part = static_cast<std::ptrdiff_t>(size);
  const std::size_t least = std::accumulate(ranks.begin(), ranks.begin() + part, std::size_t{0});
  const std::size_t largest = std::accumulate(ranks.end() - part, ranks.end(), std::size_t{0});
  const bool mirrored = sum - least > largest - sum;  // the near end is the shorter way
  if (mirrored) {
    const std::size_t mirror = ranks.front() + ranks.back();
    for (std::size_t& rank : ranks) rank = mirror - rank;
    std::ranges::reverse(ranks);
  }
  const std::vector<double> counts = subsets_by_excess(ranks, size, mirrored ? largest - sum : sum - least);
  const double all = subsets(ranks.size(), size);
  const double nearer = std::accumulate(counts.begin(), counts.end() - 1, 0.0);
  const SumTails tails{.at_most = (nearer + counts.back()) / all, .at_least = 1 - nearer / all};
  return mirrored ? SumTails{.at_most = tails.at_least, .at_least = tails.at_most} : tails;
}

double rank_deviation(std::size_t n, std::size_t m, double tied) {
  const auto all = static_cast<double>(n + m);
  return std::sqrt(static_cast<double>(n * m) / 12 * (all + 1 - tied / (all * (all - 1))));
}

double rank_tail(std::size_t n, std::size_t m, std::size_t u) {
  require_samples(n, m);
  const std::size_t pairs = n * m;
  if (u >= pairs) return 1;
  if (pairs > most_exact_pairs) {
    return normal_tail((static_cast<double>(u) + 0.5 - static_cast<double>(pairs) / 2) / rank_deviation(n, m, 0));
  }
  const auto tails = tails_without_ties(n, m);
  return u < tails->size() ? (*tails)[u] : 1 - (*tails)[pairs - u - 1];
}

std::optional<std::size_t> critical_u(std::size_t n, std::size_t m, double alpha) {
  require_samples(n, m);
  require_between_0_and_1(alpha, "the alpha of a rank test");
  const double allowed = alpha * (1 + 1e-12);  // an alpha of 1 - 0.9 is as good as one of 0.1
  const auto all = std::views::iota(std::size_t{0}, n * m);
  const auto end = std::ranges::partition_point(all, [&](std::size_t u) { return 2 * rank_tail(n, m, u) <= allowed; });
  if (end == all.begin()) return std::nullopt;
  return *end - 1;
}

}  // namespace lanemark
