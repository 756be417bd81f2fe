#include "bench/measurement.hpp"

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

TEST(SpeedUp, IsAgainstTheSameCaseAtOneRank) {
  const std::vector<Measurement> all{training_row("bucketed", 1, 1000), training_row("data_parallel", 1, 500),
                                     training_row("bucketed", 4, 400)};
  EXPECT_DOUBLE_EQ(speed_up(all[2], all).value(), 2.5);
  EXPECT_FALSE(speed_up(training_row("sharded", 4, 400), all).has_value());
}

}  // namespace
}  // namespace lanemark
