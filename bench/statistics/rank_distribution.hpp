// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace lanemark {

/// Up to so many pairs n m the distribution of U is exact: 100 values against 100, for which it takes milliseconds.
/// Beyond, it is normal.
inline constexpr std::size_t most_exact_pairs = 10'000;

/// P(U <= u) of n against m values without ties, where they come from one distribution; U counts the pairs in which the
/// second is above the first. Throws Error on n or m of 0.
double rank_tail(std::size_t n, std::size_t m, std::size_t u);

/// The largest u at which n against m values without ties differ at `alpha`, two-sided: 2 P(U <= u) <= alpha. Nothing
/// where even two samples without overlap do not. Throws Error on n or m of 0 and unless 0 < alpha < 1.
std::optional<std::size_t> critical_u(std::size_t n, std::size_t m, double alpha);

/// U's standard deviation; `tied` is the sum of t^3 - t over the groups of t equal values.
double rank_deviation(std::size_t n, std::size_t m, double tied);

using ValueRanks = std::vector<std::size_t>;  ///< of values, not of processes; ascending, midranks doubled to be whole

/// P(S <= sum) and P(S >= sum) of the sum S of `size` ranks drawn from these, where `sum` is one such sum. Exact:
/// Streitberg and Röhmel, "Exact distributions for permutation and rank tests", Statistical Software Newsletter 12,
/// 1986.
struct SumTails {
  double at_most = 1;
  double at_least = 1;
};
SumTails rank_sum_tails(ValueRanks ranks, std::size_t size, std::size_t sum);

/// Throws Error where n or m is 0.
void require_samples(std::size_t n, std::size_t m);

}  // namespace lanemark
