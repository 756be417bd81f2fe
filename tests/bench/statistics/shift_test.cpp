// SPDX-License-Identifier: MIT

#include "bench/statistics/shift.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/statistics/rank_distribution.hpp"
#include "bench/statistics/rank_test.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/statistics/draws.hpp"

namespace lanemark {
namespace {

using Values = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();

Values times(Draws& draws, std::size_t count, double median, double spread) {
  Values values = draws.normals(count, std::log(median), spread);
  for (double& value : values) value = std::exp(value);
  return values;
}

Values sorted_ratios(const Values& x, const Values& y) {
  Values ratios;
  for (const double a : x) {
    for (const double b : y) ratios.push_back(b / a);
  }
  std::ranges::sort(ratios);
  return ratios;
}

TEST(Shift, IsTheMedianRatioWorkedOutByHand) {
  // Ratios 1.1 1.2 1.3: an odd number of them.
  EXPECT_NEAR(relative_shift(Values{10}, Values{11, 13, 12}).change, 0.2, 1e-15);
  // Ratios 0.5 1 2 4: the geometric mean of 1 and 2.
  EXPECT_NEAR(relative_shift(Values{1, 2}, Values{4, 1}).change, std::sqrt(2) - 1, 1e-15);
  // Slower is positive.
  EXPECT_GT(relative_shift(Values{1, 1.1}, Values{2, 2.1}).change, 0);
  EXPECT_LT(relative_shift(Values{2, 2.1}, Values{1, 1.1}).change, 0);
}

TEST(Shift, MatchesBruteForceOverAllSizes) {
  Draws draws{1};
  for (std::size_t n = 1; n <= 12; ++n) {
    for (std::size_t m = 1; m <= 12; ++m) {
      const Values x = times(draws, n, 1e-3, 0.1);
      const Values y = times(draws, m, 1.1e-3, 0.1);
      const Values ratios = sorted_ratios(x, y);
      const std::size_t pairs = n * m;
      for (const double confidence : {0.5, 0.8, 0.95, 0.99}) {
        const Shift shift = relative_shift(x, y, confidence);
        EXPECT_NEAR(shift.change, std::sqrt(ratios[(pairs - 1) / 2] * ratios[pairs / 2]) - 1, 1e-12);
        std::size_t left_out = 0;  // on each side
        while (2 * rank_tail(n, m, left_out) <= 1 - confidence + 1e-12) ++left_out;
        ASSERT_EQ(shift.bounded, left_out > 0) << n << ' ' << m << ' ' << confidence;
        if (!shift.bounded) continue;
        EXPECT_NEAR(shift.low, ratios[left_out - 1] - 1, 1e-12);
        EXPECT_NEAR(shift.high, ratios[pairs - left_out] - 1, 1e-12);
        EXPECT_GE(shift.confidence, confidence);
      }
    }
  }
}

// Table of Mann and Whitney's U at 5 %, 20 against 20: 127.
TEST(Shift, LeavesOutAsManyPairsAsTheTableSays) {
  Draws draws{2};
  const Values x = times(draws, 20, 1, 0.02);
  const Values y = times(draws, 20, 1, 0.02);
  const Values ratios = sorted_ratios(x, y);
  const Shift shift = relative_shift(x, y);
  EXPECT_NEAR(shift.low, ratios[127] - 1, 1e-12);
  EXPECT_NEAR(shift.high, ratios[399 - 127] - 1, 1e-12);
}

TEST(Shift, HoldsNoChangeExactlyWhereTheRankTestDoesNotDiffer) {
  Draws draws{3};
  int differ = 0;
  for (int round = 0; round < 500; ++round) {
    const Values x = times(draws, 9, 1, 0.1);
    const Values y = times(draws, 11, 1.08, 0.1);
    const Shift shift = relative_shift(x, y, 0.95);
    const bool differs = rank_test(x, y).p <= 0.05;
    EXPECT_EQ(shift.low > 0 || shift.high < 0, differs);
    differ += differs ? 1 : 0;
  }
  EXPECT_GT(differ, 50);
  EXPECT_LT(differ, 450);
}

TEST(Shift, HoldsTheTrueChangeAsOftenAsItSays) {
  Draws draws{4};
  constexpr int rounds = 5000;
  int held = 0;
  double confidence = 0;
  for (int round = 0; round < rounds; ++round) {
    const Shift shift = relative_shift(times(draws, 8, 1, 0.3), times(draws, 6, 1.25, 0.3), 0.9);
    held += shift.low <= 0.25 && 0.25 <= shift.high ? 1 : 0;
    confidence = shift.confidence;
  }
  EXPECT_GE(confidence, 0.9);
  EXPECT_NEAR(static_cast<double>(held) / rounds, confidence, 0.015);
}

TEST(Shift, TheOtherWayRoundIsTheReciprocal) {
  Draws draws{5};
  const Values x = times(draws, 7, 1, 0.2);
  const Values y = times(draws, 10, 1.5, 0.2);
  const Shift forth = relative_shift(x, y);
  const Shift back = relative_shift(y, x);
  EXPECT_NEAR((1 + forth.change) * (1 + back.change), 1, 1e-12);
  EXPECT_NEAR((1 + forth.low) * (1 + back.high), 1, 1e-12);
  EXPECT_NEAR((1 + forth.high) * (1 + back.low), 1, 1e-12);
}

TEST(Shift, SaysThatTooFewValuesBoundNothing) {
  const Shift few = relative_shift(Values{1, 2, 3}, Values{4, 5, 6}, 0.95);
  EXPECT_FALSE(few.bounded);
  EXPECT_EQ(few.low, -1);
  EXPECT_EQ(few.high, infinity);
  EXPECT_EQ(few.confidence, 1);
  EXPECT_NEAR(few.change, 1.5, 1e-12);  // the pairs' middle ratio is 5 / 2
  EXPECT_TRUE(relative_shift(Values{1, 2, 3}, Values{4, 5, 6}, 0.9).bounded);
}

TEST(Shift, EqualValuesShiftByNothingAtAll) {
  const Shift none = relative_shift(Values(20, 0.1), Values(20, 0.1));
  EXPECT_EQ(none.change, 0);
  EXPECT_EQ(none.low, 0);
  EXPECT_EQ(none.high, 0);
}

TEST(Shift, KeepsHugeRangesApart) {
  constexpr double huge = 1e300;
  constexpr double tiny = 1e-300;
  EXPECT_EQ(relative_shift(Values(5, tiny), Values(5, huge)).change, infinity);
  EXPECT_EQ(relative_shift(Values(5, huge), Values(5, tiny)).change, -1);
  EXPECT_NEAR(relative_shift(Values{tiny, 1, huge}, Values{2 * tiny, 2, 2 * huge}).change, 1, 1e-12);
}

TEST(Shift, ZeroIsAsLargeAsZeroAndMoreIsInfinitelyMore) {
  EXPECT_EQ(relative_shift(Values(5, 0.0), Values(5, 0.0)).change, 0);
  EXPECT_EQ(relative_shift(Values(5, 0.0), Values(5, 1.0)).change, infinity);
  EXPECT_EQ(relative_shift(Values(5, 1.0), Values(5, 0.0)).change, -1);
  // One of ten was hidden wholly: the other nine still say how much the rest took.
  Values base(10, 2.0);
  base[3] = 0;
  const Shift shift = relative_shift(base, Values(10, 30.0));
  EXPECT_NEAR(shift.change, 14, 1e-12);
  EXPECT_NEAR(shift.low, 14, 1e-12);
  EXPECT_GE(shift.high, 14);
  EXPECT_EQ(relative_shift(Values{0, 1}, Values{0, 1}).change, 0);
}

TEST(Shift, RefusesWhatHasNoRatio) {
  EXPECT_THROW(relative_shift(Values{}, Values{1}), Error);
  EXPECT_THROW(relative_shift(Values{1}, Values{}), Error);
  for (const double value : {-1.0, std::nan(""), infinity}) {
    EXPECT_THROW(relative_shift(Values{1, value}, Values{1}), Error);
    EXPECT_THROW(relative_shift(Values{1}, Values{1, value}), Error);
  }
  for (const double confidence : {0.0, 1.0, std::nan("")}) {
    EXPECT_THROW(relative_shift(Values{1}, Values{1}, confidence), Error);
  }
}

}  // namespace
}  // namespace lanemark
