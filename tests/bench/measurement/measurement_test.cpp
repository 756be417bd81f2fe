// SPDX-License-Identifier: MIT

#include "bench/measurement/measurement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "kernels/core/error.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

std::vector<Seconds> seconds(const std::vector<double>& values) { return {values.begin(), values.end()}; }

TEST(Quantile, MatchesValuesWorkedOutByHand) {
  // Type 7: position q (n - 1) between order statistics.
  const std::vector<Seconds> samples = seconds({4, 1, 3, 2});
  EXPECT_DOUBLE_EQ(quantile(samples, 0).count(), 1);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.25).count(), 1.75);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.5).count(), 2.5);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.95).count(), 3.85);
  EXPECT_DOUBLE_EQ(quantile(samples, 1).count(), 4);
  EXPECT_DOUBLE_EQ(quantile(seconds({10, 20, 30}), 0.99).count(), 29.8);
  EXPECT_DOUBLE_EQ(quantile(seconds({7}), 0.99).count(), 7);
}

TEST(Quantile, DoesNotHangOnOrder) {
  std::mt19937_64 random{std::random_device{}()};
  std::vector<Seconds> samples;
  for (int i = 0; i <= 100; ++i) samples.emplace_back(i);
  std::ranges::shuffle(samples, random);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.99).count(), 99);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.5).count(), 50);
}

TEST(Quantile, RefusesNoSamples) { EXPECT_THROW(quantile({}, 0.5), Error); }

std::vector<Seconds> one_to(int n) {
  std::vector<Seconds> samples;
  for (int i = n; i >= 1; --i) samples.emplace_back(i);
  return samples;
}

// Conover (1999), table A3: the widest tails of at most 2.5 % of a binomial distribution with p = 1/2.
TEST(MedianInterval, TakesTheOrderStatisticsOfTheSignTest) {
  struct Known {
    int samples, low, high;
  };
  for (const Known known : {Known{6, 1, 6}, {8, 1, 8}, {9, 2, 8}, {20, 6, 15}, {50, 18, 33}, {100, 40, 61}}) {
    const auto interval = median_interval(one_to(known.samples));
    ASSERT_TRUE(interval) << known.samples;
    EXPECT_EQ(interval->low, Seconds{known.low}) << known.samples;
    EXPECT_EQ(interval->high, Seconds{known.high}) << known.samples;
  }
  EXPECT_FALSE(median_interval(one_to(5)));
  EXPECT_FALSE(median_interval({}));
}

TEST(MedianInterval, NarrowsSmoothlyWhereTheExactTailIsTooSmallForADouble) {
  const auto width = [](int n) {
    const auto interval = median_interval(one_to(n));
    return (interval->high - interval->low).count() / std::sqrt(n);
  };
  EXPECT_NEAR(width(1000), width(1001), 0.1);
  EXPECT_NEAR(width(1001), 1.96, 0.1);
  EXPECT_NEAR(width(100'000), 1.96, 0.02);
}

TEST(MedianInterval, HoldsTheTrueMedianAsOftenAsItSays) {
  std::mt19937 random{7};
  std::lognormal_distribution<double> skewed{0, 1};
  int held = 0;
  constexpr int rounds = 2000;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Seconds> samples;
    for (int i = 0; i < 40; ++i) samples.emplace_back(skewed(random));
    const auto interval = median_interval(samples);
    if (interval->low.count() <= 1 && interval->high.count() >= 1) ++held;
  }
  EXPECT_GT(held, rounds * 94 / 100);
  EXPECT_LT(held, rounds * 99 / 100);
}

TEST(Precision, IsHalfTheIntervalOverTheMedian) {
  EXPECT_DOUBLE_EQ(relative_precision(one_to(9)).value(), 3.0 / 5);
  EXPECT_FALSE(relative_precision(one_to(3)));
}

TEST(Straggler, IsTheRankMostOftenSlowestTheLowerOnATie) {
  Measurement m;
  m.slowest_rank = {3, 1, 3, 1, 2};
  EXPECT_EQ(straggler(m).rank, 1);
  EXPECT_DOUBLE_EQ(straggler(m).share, 0.4);
}

TEST(Bandwidth, BusIsAlgorithmTimesFactor) {
  const Measurement m = all_reduce_row(1'000'000);  // 10 us
  EXPECT_DOUBLE_EQ(algorithm_bandwidth(m).value, 100e9);
  EXPECT_DOUBLE_EQ(bus_bandwidth(m).value, 150e9);
  EXPECT_DOUBLE_EQ(share_of_limit(m).value(), 1.0 / 3);
}

// The headline is the median; what many steps take together is their total.
TEST(Throughput, IsOfTheTotalTimeAndNotOfTheMedian) {
  const Measurement m = in_bursts(training_row("bucketed", 1, 1));
  EXPECT_DOUBLE_EQ(median(m).count(), 5.8e-6);
  EXPECT_NEAR(mean(m).count(), 32.7e-6, 1e-15);
  EXPECT_NEAR(samples_per_second(m), 256 / 32.7e-6, 1);
  const std::vector<Measurement> all{m, training_row("bucketed", 2, 32.7 / 2)};
  EXPECT_NEAR(speed_up(all[1], all).value(), 2, 1e-9);
}

TEST(Throughput, SamplesAreUnevenWhereTheMeanIsMoreThanAFifthAboveTheMedian) {
  Measurement m = training_row("bucketed", 1, 1);
  EXPECT_FALSE(uneven(m));
  m.samples = microseconds({10, 10, 10, 10, 19});  // mean 11.8
  EXPECT_FALSE(uneven(m));
  m.samples = microseconds({10, 10, 10, 10, 21});  // mean 12.2
  EXPECT_TRUE(uneven(m));
  m.samples = microseconds({1, 1, 10, 10, 10});  // the mean is below
  EXPECT_FALSE(uneven(m));
  EXPECT_TRUE(uneven(in_bursts(m)));
  m.samples.clear();
  EXPECT_THROW(static_cast<void>(mean(m)), Error);
}

TEST(SpeedUp, IsAgainstTheSameCaseAtOneRank) {
  const std::vector<Measurement> all{training_row("bucketed", 1, 1000), training_row("data_parallel", 1, 500),
                                     training_row("bucketed", 4, 400)};
  EXPECT_DOUBLE_EQ(speed_up(all[2], all).value(), 2.5);
  EXPECT_FALSE(speed_up(training_row("sharded", 4, 400), all).has_value());
}

}  // namespace
}  // namespace lanemark
