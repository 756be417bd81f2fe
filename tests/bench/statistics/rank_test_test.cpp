// SPDX-License-Identifier: MIT

#include "bench/statistics/rank_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "bench/statistics/rank_distribution.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/statistics/draws.hpp"

namespace lanemark {
namespace {

using Values = std::vector<double>;

double pairs_above(const Values& x, const Values& y) {
  double u = 0;
  for (const double a : x) {
    for (const double b : y) u += b > a ? 1 : b == a ? 0.5 : 0;
  }
  return u;
}

/// Every way to deal the values at hand, each with its U counted pair by pair.
double brute_force_p(const Values& x, const Values& y) {
  Values all = x;
  all.insert(all.end(), y.begin(), y.end());
  const double observed = pairs_above(x, y);
  int ways = 0;
  int at_most = 0;
  int at_least = 0;
  for (std::uint32_t dealt = 0; dealt < 1U << all.size(); ++dealt) {
    if (static_cast<std::size_t>(std::popcount(dealt)) != x.size()) continue;
    Values a;
    Values b;
    for (std::size_t i = 0; i < all.size(); ++i) ((dealt >> i & 1U) != 0 ? a : b).push_back(all[i]);
    const double u = pairs_above(a, b);
    ++ways;
    at_most += u <= observed ? 1 : 0;
    at_least += u >= observed ? 1 : 0;
  }
  return std::min(1.0, 2.0 * std::min(at_most, at_least) / ways);
}

void expect_brute_force(const Values& x, const Values& y) {
  const RankTest test = rank_test(x, y);
  EXPECT_EQ(test.u, pairs_above(x, y));
  EXPECT_NEAR(test.p, brute_force_p(x, y), 1e-13) << testing::PrintToString(x) << testing::PrintToString(y);
  EXPECT_TRUE(test.exact);
}

TEST(RankTest, WithoutTiesIsTheShareOfAllWaysToDealTheValues) {
  Draws draws{1};
  for (std::size_t n = 1; n <= 7; ++n) {
    for (std::size_t m = 1; m <= 7; ++m) {
      for (const double shift : {0.0, 1.0, -2.5}) expect_brute_force(draws.normals(n), draws.normals(m, shift));
    }
  }
}

TEST(RankTest, WithTiesIsTheShareOfAllWaysToDealTheValues) {
  Draws draws{2};
  for (std::size_t n = 1; n <= 7; ++n) {
    for (std::size_t m = 1; m <= 7; ++m) {
      for (const std::size_t different : {1U, 2U, 3U, 8U}) {
        Values x(n);
        Values y(m);
        // Squares put more ties on one end than on the other, which makes the distribution lopsided.
        for (double& value : x) value = std::pow(static_cast<double>(draws.below(different)), 2);
        for (double& value : y) value = static_cast<double>(draws.below(different + 1));
        expect_brute_force(x, y);
      }
    }
  }
}

TEST(RankTest, AgreesWithPublishedExamples) {
  // R's manual of wilcox.test, from Hollander and Wolfe (1973): W = 35, one-sided p = 0.1272.
  const RankTest amnion = rank_test(Values{1.15, 0.88, 0.90, 0.74, 1.21},
                                    Values{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46});
  EXPECT_EQ(amnion.u, 35);
  EXPECT_NEAR(amnion.p, 2 * 0.1272, 1e-4);
  // SciPy's manual of mannwhitneyu: U1 = 17, p = 0.1111.
  const RankTest ages = rank_test(Values{20, 11, 17, 12}, Values{19, 22, 16, 29, 24});
  EXPECT_EQ(ages.u, 17);
  EXPECT_DOUBLE_EQ(ages.p, 14.0 / 126);
}

TEST(RankTest, SamplesThatAreEqualDoNotDiffer) {
  for (const std::size_t n : {1U, 2U, 20U, 150U}) {
    const Values same = Draws{n}.normals(n);
    EXPECT_EQ(rank_test(same, same).p, 1) << n;
    EXPECT_EQ(rank_test(Values(n, 7), Values(n + 1, 7)).p, 1) << n;
  }
}

TEST(RankTest, IsTheSameInBothDirections) {
  Draws draws{3};
  for (const std::size_t m : {5U, 20U, 600U}) {
    Values x = draws.normals(20);
    Values y = draws.normals(m, 0.5);
    for (const bool tied : {false, true}) {
      if (tied) x[0] = x[1] = y[0];
      const RankTest forth = rank_test(x, y);
      const RankTest back = rank_test(y, x);
      EXPECT_NEAR(forth.p, back.p, 1e-12 * forth.p);
      EXPECT_EQ(forth.u + back.u, 20.0 * static_cast<double>(m));
      std::ranges::reverse(x);
      EXPECT_EQ(rank_test(x, y).p, forth.p);
    }
  }
}

TEST(RankTest, OnlyTheOrderCounts) {
  constexpr double huge = std::numeric_limits<double>::max();
  constexpr double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(rank_test(Values{-huge, -tiny, 0}, Values{tiny, 1, huge}).p, rank_test(Values{1, 2, 3}, Values{4, 5, 6}).p);
  EXPECT_DOUBLE_EQ(rank_test(Values{1, 2, 3}, Values{4, 5, 6}).p, 0.1);
  EXPECT_EQ(rank_test(Values{0.0}, Values{-0.0}).u, 0.5);
}

TEST(RankTest, TheApproximationMeetsTheExactDistribution) {
  Draws draws{4};
  for (const double shift : {0.0, 0.2, 0.5}) {
    for (const bool tied : {false, true}) {
      Values x = draws.normals(100);
      Values y = draws.normals(100, shift);
      if (tied) {
        for (double& value : x) value = std::round(4 * value);
        for (double& value : y) value = std::round(4 * value);
      }
      const RankTest exact = rank_test(x, y);
      ASSERT_TRUE(exact.exact);
      const double mean = 5000;
      double counted = 0;
      Values all = x;
      all.insert(all.end(), y.begin(), y.end());
      for (const double value : all) {
        const auto equal = static_cast<double>(std::ranges::count(all, value));
        counted += equal * equal - 1;
      }
      const double z = std::max(0.0, std::abs(exact.u - mean) - 0.5) / rank_deviation(100, 100, counted);
      EXPECT_NEAR(std::erfc(z / std::sqrt(2.0)) / exact.p, 1, 0.05) << shift << tied;
      // One value more, in the middle of all: hardly other evidence.
      y.push_back(tied ? 0 : shift / 2);
      const RankTest approximate = rank_test(x, y);
      ASSERT_FALSE(approximate.exact);
      EXPECT_NEAR(approximate.p / exact.p, 1, 0.15) << shift << tied;
    }
  }
  EXPECT_EQ(rank_test(Values(200, 1.0), Values(200, 1.0)).p, 1);
}

TEST(RankTest, CallsADifferenceWhereThereIsNoneAsOftenAsItSays) {
  Draws draws{5};
  constexpr int rounds = 10'000;
  int called = 0;
  for (int round = 0; round < rounds; ++round) {
    called += rank_test(draws.normals(20), draws.normals(20)).p <= 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(called) / rounds, 2 * rank_tail(20, 20, *critical_u(20, 20, 0.05)), 0.006);
}

TEST(RankTest, RefusesWhatCannotBeRanked) {
  EXPECT_THROW(rank_test(Values{}, Values{1}), Error);
  EXPECT_THROW(rank_test(Values{1}, Values{}), Error);
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_THROW(rank_test(Values{1, value}, Values{1}), Error);
    EXPECT_THROW(rank_test(Values{1}, Values{1, value}), Error);
  }
}

}  // namespace
}  // namespace lanemark
