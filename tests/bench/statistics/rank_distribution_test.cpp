// SPDX-License-Identifier: MIT

#include "bench/statistics/rank_distribution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "bench/statistics/normal.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr int no_u = -1;

int critical(std::size_t n, std::size_t m, double alpha) {
  const auto u = critical_u(n, m, alpha);
  return u ? static_cast<int>(*u) : no_u;
}

struct Column {
  std::size_t n;
  std::vector<int> of_m;  ///< from m = n to 10
};

void expect_table(const std::vector<Column>& table, double alpha) {
  for (const Column& column : table) {
    for (std::size_t i = 0; i < column.of_m.size(); ++i) {
      const std::size_t m = column.n + i;
      EXPECT_EQ(critical(column.n, m, alpha), column.of_m[i]) << column.n << " against " << m;
      EXPECT_EQ(critical(m, column.n, alpha), column.of_m[i]) << m << " against " << column.n;
    }
    EXPECT_EQ(column.n + column.of_m.size(), 11);
  }
}

// The tables of critical values found in textbooks, two-sided, such as Siegel and Castellan (1988) or Conover (1999).
TEST(RankDistribution, CriticalValuesAreThePublishedOnesAtFivePercent) {
  expect_table({{1, {no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u}},
                {2, {no_u, no_u, no_u, no_u, no_u, no_u, 0, 0, 0}},
                {3, {no_u, no_u, 0, 1, 1, 2, 2, 3}},
                {4, {0, 1, 2, 3, 4, 4, 5}},
                {5, {2, 3, 5, 6, 7, 8}},
                {6, {5, 6, 8, 10, 11}},
                {7, {8, 10, 12, 14}},
                {8, {13, 15, 17}},
                {9, {17, 20}},
                {10, {23}}},
               0.05);
  EXPECT_EQ(critical(20, 20, 0.05), 127);
}

TEST(RankDistribution, CriticalValuesAreThePublishedOnesAtOnePercent) {
  expect_table({{1, {no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u}},
                {2, {no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u, no_u}},
                {3, {no_u, no_u, no_u, no_u, no_u, no_u, 0, 0}},
                {4, {no_u, no_u, 0, 0, 1, 1, 2}},
                {5, {0, 1, 1, 2, 3, 4}},
                {6, {2, 3, 4, 5, 6}},
                {7, {4, 6, 7, 9}},
                {8, {7, 9, 11}},
                {9, {11, 13}},
                {10, {16}}},
               0.01);
  EXPECT_EQ(critical(20, 20, 0.01), 105);
}

TEST(RankDistribution, TailsAreThoseWorkedOutByHand) {
  // 2 against 2: of 6 orders, U is 0, 1, 2, 2, 3, 4.
  const double sixths[] = {1, 2, 4, 5, 6, 6};
  for (std::size_t u = 0; u < std::size(sixths); ++u) EXPECT_DOUBLE_EQ(rank_tail(2, 2, u), sixths[u] / 6) << u;
  EXPECT_DOUBLE_EQ(rank_tail(3, 3, 0), 1.0 / 20);
  EXPECT_DOUBLE_EQ(rank_tail(20, 20, 0), 1 / 137'846'528'820.0);
}

TEST(RankDistribution, IsSymmetricUpToItsLargestSize) {
  for (const auto& [n, m] : {std::pair{1U, 7U}, {5U, 8U}, {20U, 20U}, {100U, 100U}, {1U, 10'000U}}) {
    const std::size_t pairs = std::size_t{n} * m;
    for (std::size_t u = 0; u < pairs; u += 1 + pairs / 50) {
      EXPECT_NEAR(rank_tail(n, m, u) + rank_tail(n, m, pairs - u - 1), 1, 1e-12) << n << ' ' << m << ' ' << u;
      EXPECT_EQ(rank_tail(n, m, u), rank_tail(m, n, u));
    }
    EXPECT_EQ(rank_tail(n, m, pairs), 1);
  }
}

TEST(RankDistribution, IsNormalBeyondItsLargestSizeWithoutAStep) {
  // The exact tail is the lighter one, the more so the further out.
  for (const auto& [z, lighter] : {std::pair{-4.0, 0.16}, {-3.0, 0.045}, {-2.0, 0.01}, {-0.5, 0.0}, {1.0, 0.0}}) {
    for (const std::size_t m : {100U, 101U}) {
      const auto u = static_cast<std::size_t>(50.0 * static_cast<double>(m) + z * rank_deviation(100, m, 0));
      const double at = (static_cast<double>(u) + 0.5 - 50.0 * static_cast<double>(m)) / rank_deviation(100, m, 0);
      const bool exact = m == 100;
      EXPECT_NEAR(rank_tail(100, m, u) / normal_tail(at), 1 - (exact ? lighter : 0), exact ? 0.01 : 1e-12) << m << z;
    }
  }
  EXPECT_EQ(critical(100, 101, 0.01), critical(101, 100, 0.01));
  EXPECT_NEAR(critical(100, 101, 0.01) - critical(100, 100, 0.01), 40, 3);
}

TEST(RankDistribution, DeviationsAreThoseWorkedOutByHand) {
  EXPECT_DOUBLE_EQ(rank_deviation(2, 2, 0), std::sqrt(5.0 / 3));
  // 1 1 2 2 dealt in all 6 ways: U is 0, 2, 2, 2, 2, 4.
  EXPECT_DOUBLE_EQ(rank_deviation(2, 2, 6 + 6), std::sqrt(8.0 / 6));
  EXPECT_DOUBLE_EQ(rank_deviation(3, 4, 7 * 7 * 7 - 7), 0);
}

TEST(RankDistribution, SumsOfTiedRanksAreCountedOneByOne) {
  // Of 1 1 4 7, doubled midranks shifted at will, the pairs' sums are 2 5 5 8 8 11.
  const ValueRanks ranks{1, 1, 4, 7};
  for (const auto& [sum, at_most, at_least] : {std::tuple{2U, 1, 6}, {5U, 3, 5}, {8U, 5, 3}, {11U, 6, 1}}) {
    const SumTails tails = rank_sum_tails(ranks, 2, sum);
    EXPECT_DOUBLE_EQ(tails.at_most, at_most / 6.0) << sum;
    EXPECT_DOUBLE_EQ(tails.at_least, at_least / 6.0) << sum;
  }
}

TEST(RankDistribution, RefusesWhatHasNoDistribution) {
  EXPECT_THROW(rank_tail(0, 3, 0), Error);
  EXPECT_THROW(rank_tail(3, 0, 0), Error);
  EXPECT_THROW(critical_u(0, 3, 0.05), Error);
  for (const double alpha : {0.0, 1.0, -0.1, std::nan("")}) EXPECT_THROW(critical_u(3, 3, alpha), Error);
}

}  // namespace
}  // namespace lanemark
