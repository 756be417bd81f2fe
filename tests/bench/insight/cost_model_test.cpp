// SPDX-License-Identifier: MIT

#include "bench/insight/cost_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace lanemark {
namespace {

constexpr double alpha = 20e-6;
constexpr double rate = 400e9;

/// Every power of two from 8 B to 1 GiB: 28 points.
std::vector<TimeOfSize> exact(double latency = alpha, double bytes_per_second = rate) {
  std::vector<TimeOfSize> points;
  for (std::uint64_t size = 8; size <= 1U << 30U; size *= 2) {
    points.push_back({Bytes{size}, Seconds{latency + static_cast<double>(size) / bytes_per_second}});
  }
  return points;
}

void expect_close(const std::optional<CostModel>& model, double share) {
  ASSERT_TRUE(model.has_value());
  EXPECT_NEAR(model->latency.count() / alpha, 1, share);
  EXPECT_NEAR(model->rate.value / rate, 1, share);
}

TEST(CostModel, ExactTimesGiveTheirTermsBack) {
  const auto model = fit(exact());
  expect_close(model, 1e-9);
  EXPECT_LT(model->worst, 1e-9);
  EXPECT_LT(model->residual, 1e-9);
  EXPECT_EQ(model->half_bandwidth, Bytes{8'000'000});
  EXPECT_NEAR(predict(*model, Bytes{8'000'000}).count(), 2 * alpha, 1e-12);
}

TEST(CostModel, EitherTermMayBeMissing) {
  const auto only_latency = fit(exact(alpha, std::numeric_limits<double>::infinity()));
  ASSERT_TRUE(only_latency.has_value());
  EXPECT_DOUBLE_EQ(only_latency->latency.count(), alpha);
  EXPECT_GT(only_latency->rate.value, 1e30);
  EXPECT_EQ(only_latency->half_bandwidth, Bytes{1ULL << 63U});
  const auto only_rate = fit(exact(0, rate));
  ASSERT_TRUE(only_rate.has_value());
  EXPECT_NEAR(only_rate->rate.value / rate, 1, 1e-9);
  EXPECT_LT(only_rate->latency.count(), 1e-20);
  EXPECT_EQ(only_rate->half_bandwidth, Bytes{0});
}

TEST(CostModel, TheOrderOfPointsDoesNotMatter) {
  std::vector<TimeOfSize> points = exact();
  std::ranges::reverse(points);
  expect_close(fit(points), 1e-9);
}

TEST(CostModel, OneInFiveThreeTimesOffDoesNotMoveIt) {
  for (const double factor : {3.0, 1.0 / 3}) {
    for (std::size_t first = 0; first < 5; ++first) {
      std::vector<TimeOfSize> points = exact();
      for (std::size_t i = first; i < points.size(); i += 5) points[i].time *= factor;
      const auto model = fit(points);
      expect_close(model, 0.05);
      EXPECT_NEAR(model->worst, std::abs(factor - 1), 0.05);
      EXPECT_LT(model->residual, 0.01);
    }
  }
}

TEST(CostModel, OutliersSideBySideAmongNoiseDoNotMoveItMuch) {
  std::mt19937_64 random{7};
  std::lognormal_distribution<double> noise{0, 0.02};
  std::vector<TimeOfSize> points = exact();
  for (TimeOfSize& point : points) point.time *= noise(random);
  for (const std::size_t i : {0U, 1U, 2U, 25U, 26U}) points[i].time *= 3;
  expect_close(fit(points), 0.05);
}

TEST(CostModel, NoiseOfFivePercentLeavesTheTermsWithinTen) {
  std::mt19937_64 random{1};
  std::lognormal_distribution<double> noise{0, 0.05};
  double off = 0;
  constexpr int trials = 100;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<TimeOfSize> points = exact();
    for (TimeOfSize& point : points) point.time *= noise(random);
    const auto model = fit(points);
    expect_close(model, 0.10);
    EXPECT_GT(model->residual, 0.01);
    EXPECT_LT(model->residual, 0.08);
    off += (model->latency.count() / alpha - 1) / trials;
  }
  EXPECT_NEAR(off, 0, 0.005);  // no bias
}

TEST(CostModel, SmallSizesCountAsMuchAsLargeOnes) {
  // In seconds, 2 % of the largest is forty times the latency.
  std::vector<TimeOfSize> points = exact();
  for (std::size_t i = 24; i < points.size(); ++i) points[i].time *= i % 2 == 0 ? 1.02 : 0.98;
  expect_close(fit(points), 0.02);
}

TEST(CostModel, AFlatHalfDoesNotMakeOutliersOfTheOther) {
  // Where the rate grows with the size, as real ones do, from 222 to 720 GB/s. Errors of the flat half alone would have
  // all but a few of the others left out, and a rate of 463 GB/s.
  std::vector<TimeOfSize> points = exact();
  constexpr std::size_t flat = 16;
  for (std::size_t i = flat; i < points.size(); ++i) {
    points[i].time *= std::pow(1.8, 1 - 2 * static_cast<double>(i - flat) / 11);
  }
  const auto model = fit(points);
  ASSERT_TRUE(model.has_value());
  EXPECT_GT(model->rate.value, 500e9);
  EXPECT_LT(model->rate.value, 720e9);
  EXPECT_NEAR(model->latency.count() / alpha, 1, 0.1);
}

TEST(CostModel, TermsAreNeverNegative) {
  std::mt19937_64 random{3};
  std::lognormal_distribution<double> wild{0, 1.5};
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<TimeOfSize> points;
    for (std::uint64_t size = 64; size <= 4096; size *= 2) points.push_back({Bytes{size}, Seconds{wild(random)}});
    const auto model = fit(points);
    ASSERT_TRUE(model.has_value());
    EXPECT_GE(model->latency.count(), 0);
    EXPECT_GT(model->rate.value, 0);
    EXPECT_TRUE(std::isfinite(model->latency.count()));
    EXPECT_TRUE(std::isfinite(model->worst));
  }
  // Falls, and rises faster than in proportion: straight lines have a negative term.
  const auto falls =
      fit(std::vector<TimeOfSize>{{Bytes{8}, Seconds{4}}, {Bytes{64}, Seconds{3}}, {Bytes{512}, Seconds{2}}});
  EXPECT_GE(falls.value().rate.value, 0);
  const auto steep =
      fit(std::vector<TimeOfSize>{{Bytes{8}, Seconds{1}}, {Bytes{64}, Seconds{20}}, {Bytes{512}, Seconds{400}}});
  EXPECT_GE(steep.value().latency.count(), 0);
}

TEST(CostModel, NeedsThreeSizesAndASpanOfEight) {
  const auto point = [](std::uint64_t size) { return TimeOfSize{Bytes{size}, Seconds{1e-6}}; };
  EXPECT_FALSE(fit({}).has_value());
  EXPECT_FALSE(fit(std::vector{point(8), point(1024)}).has_value());
  EXPECT_FALSE(fit(std::vector{point(8), point(1024), point(1024)}).has_value()) << "two sizes";
  EXPECT_FALSE(fit(std::vector{point(8), point(16), point(32), point(63)}).has_value()) << "close together";
  EXPECT_FALSE(fit(std::vector{point(0), point(8), point(1024)}).has_value()) << "no size";
  EXPECT_FALSE(fit(std::vector{TimeOfSize{Bytes{4}, {}}, point(8), point(1024)}).has_value()) << "no time";
  EXPECT_TRUE(fit(std::vector{point(8), point(16), point(64)}).has_value());
}

/// Sizes 1 KiB, 4 KiB, 16 KiB … with these times in microseconds.
std::vector<TimeOfSize> curve(const std::vector<double>& times) {
  std::vector<TimeOfSize> points;
  std::uint64_t size = 1024;
  for (const double time : times) {
    points.push_back({Bytes{size}, Seconds{time * 1e-6}});
    size *= 4;
  }
  return points;
}

using Leader = Crossover::Curve;

TEST(Crossovers, NoneWhereOneLeadsThroughout) {
  EXPECT_TRUE(crossovers({}, {}).empty());
  EXPECT_TRUE(crossovers(curve({1, 2, 3}), curve({2, 3, 4})).empty());
  EXPECT_TRUE(crossovers(curve({2, 3, 4}), curve({1, 2, 3})).empty());
}

TEST(Crossovers, OneLiesBetweenItsSizesOnLogarithmicScales) {
  // Ratios 2 and 1/2 at 4 KiB and 16 KiB: halfway, at 8 KiB.
  EXPECT_EQ(crossovers(curve({1, 1, 2, 2}), curve({2, 2, 1, 1})),
            (std::vector<Crossover>{{kibibytes(8), Leader::second}}));
  EXPECT_EQ(crossovers(curve({2, 2, 1, 1}), curve({1, 1, 2, 2})),
            (std::vector<Crossover>{{kibibytes(8), Leader::first}}));
  // Ratios 2 and 1/8: after a quarter of two doublings.
  const auto early = crossovers(curve({1, 1, 8}), curve({2, 2, 1}));
  ASSERT_EQ(early.size(), 1U);
  EXPECT_NEAR(static_cast<double>(early.front().at.value), 4096 * std::sqrt(2), 1);
}

TEST(Crossovers, TwoComeInOrder) {
  EXPECT_EQ(crossovers(curve({1, 2, 2, 1}), curve({2, 1, 1, 2})),
            (std::vector<Crossover>{{kibibytes(2), Leader::second}, {kibibytes(32), Leader::first}}));
}

TEST(Crossovers, LessThanThreePercentIsNoChange) {
  EXPECT_TRUE(crossovers(curve({100, 102, 100, 102}), curve({102, 100, 102, 100})).empty());
  EXPECT_TRUE(crossovers(curve({1, 1.02, 1}), curve({2, 1, 2})).empty()) << "a tie between two leads of one";
  EXPECT_EQ(crossovers(curve({1, 1.04, 1}), curve({2, 1, 2})).size(), 2U);
}

TEST(Crossovers, ATieInBetweenIsPartOfOneChange) {
  // In order up to 4 KiB, where both take the same.
  EXPECT_EQ(crossovers(curve({1, 1, 2}), curve({2, 1, 1})), (std::vector<Crossover>{{kibibytes(4), Leader::second}}));
  // 1 % ahead, then behind, then ahead, then far behind: once, where it first was behind.
  EXPECT_EQ(crossovers(curve({1, 1, 1.01, 1, 2}), curve({2, 1.01, 1, 1.01, 1})),
            (std::vector<Crossover>{{kibibytes(8), Leader::second}}));
}

TEST(Crossovers, OnlySizesOfBothCount) {
  std::vector<TimeOfSize> sparse = curve({2, 2, 1, 1});
  sparse.erase(sparse.begin() + 1);
  // Between 1 KiB and 16 KiB.
  EXPECT_EQ(crossovers(curve({1, 1, 2, 2}), sparse), (std::vector<Crossover>{{kibibytes(4), Leader::second}}));
  EXPECT_EQ(crossovers(sparse, curve({1, 1, 2, 2})), (std::vector<Crossover>{{kibibytes(4), Leader::first}}));
}

// The search for a start looks at pairs of sizes with all others; of each of so many it would not come to an end.
TEST(CostModel, AsManySizesAsARecordMayHave) {
  std::vector<TimeOfSize> points;
  for (std::uint64_t size = 8; size <= 160'000'000; size += 8000) {
    const double time = alpha + static_cast<double>(size) / rate;
    points.push_back({Bytes{size}, Seconds{points.size() % 5 == 2 ? 3 * time : time}});
  }
  ASSERT_EQ(points.size(), 20'000U);
  expect_close(fit(points), 1e-3);
}

}  // namespace
}  // namespace lanemark
