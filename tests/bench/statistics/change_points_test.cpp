// SPDX-License-Identifier: MIT

#include "bench/statistics/change_points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/core/error.hpp"
#include "tests/bench/statistics/draws.hpp"

namespace lanemark {
namespace {

using Values = std::vector<double>;
using Indices = std::vector<std::size_t>;

Indices indices(const Values& series, const ChangePointOptions& options = {}) {
  Indices all;
  for (const ChangePoint& change : change_points(series, options)) all.push_back(change.index);
  return all;
}

struct Segment {
  std::size_t length;
  double mean;
};

Values steps(Draws& draws, const std::vector<Segment>& segments, double deviation = 1) {
  Values series;
  for (const auto& [length, mean] : segments) {
    const Values values = draws.normals(length, mean, deviation);
    series.insert(series.end(), values.begin(), values.end());
  }
  return series;
}

/// Q of Matteson and James (2014), equations 5 and 6, by its definition.
double energy(const Values& x, const Values& y) {
  const auto distances = [](const Values& a, const Values& b) {
    double sum = 0;
    for (const double i : a) {
      for (const double j : b) sum += std::abs(i - j);
    }
    return sum;
  };
  const auto n = static_cast<double>(x.size());
  const auto m = static_cast<double>(y.size());
  const double between = 2 / (n * m) * distances(x, y);
  const double within = distances(x, x) / (n * (n - 1)) + distances(y, y) / (m * (m - 1));
  return n * m / (n + m) * (between - within);
}

std::size_t brute_force_split(const Values& series, std::size_t least) {
  double most = -1;
  std::size_t index = 0;
  const auto at = [&](std::size_t i) { return series.begin() + static_cast<std::ptrdiff_t>(i); };
  for (std::size_t left = least; left + least <= series.size(); ++left) {
    for (std::size_t end = left + least; end <= series.size(); ++end) {
      const double q = energy(Values(at(0), at(left)), Values(at(left), at(end)));
      if (q > most) index = left;
      most = std::max(most, q);
    }
  }
  return index;
}

TEST(ChangePoints, TheFirstSplitIsThatOfTheDefinition) {
  Draws draws{1};
  int compared = 0;
  for (int round = 0; round < 200; ++round) {
    const std::size_t least = 2 + draws.below(4);
    // With bursts as long as a segment must be, and shorter.
    const Values series =
        steps(draws, {{6 + draws.below(12), 0}, {6 + draws.below(12), 1.5}, {draws.below(5), 8}, {draws.below(4), 0}});
    // A segment too long to be split again leaves one change.
    const Indices found = indices(series, {.alpha = 0.5, .least_segment = least});
    if (found.size() != 1) continue;
    const std::size_t wanted = brute_force_split(series, least);
    if (wanted + least == series.size()) EXPECT_GE(found[0], wanted);
    else EXPECT_EQ(found[0], wanted);
    ++compared;
  }
  EXPECT_GT(compared, 30);
}

TEST(ChangePoints, OneStepIsFoundWhereItIs) {
  for (const std::size_t at : {5U, 20U, 31U, 55U}) {
    Draws draws{at};
    const auto found = change_points(steps(draws, {{at, 100}, {60 - at, 110}}));
    ASSERT_EQ(found.size(), 1) << at;
    EXPECT_EQ(found[0].index, at);
    EXPECT_DOUBLE_EQ(found[0].p, 1.0 / 200);
  }
}

TEST(ChangePoints, AStepNearTheEndIsNotPutFartherFromIt) {
  for (std::size_t few = 2; few <= 4; ++few) {
    Draws draws{few};
    EXPECT_EQ(indices(steps(draws, {{30, 0}, {few, 12}})), Indices{30}) << few;
  }
}

TEST(ChangePoints, StepsUpAndDownAreFoundWhereTheyAre) {
  Draws draws{2};
  EXPECT_EQ(indices(steps(draws, {{20, 0}, {25, 10}, {15, 20}})), (Indices{20, 45}));
  EXPECT_EQ(indices(steps(draws, {{20, 0}, {20, 10}, {20, 100}})), (Indices{20, 40}));  // the last is found first
  EXPECT_EQ(indices(steps(draws, {{25, 0}, {10, 10}, {25, 0}})), (Indices{25, 35}));
  EXPECT_EQ(indices(steps(draws, {{20, 0}, {20, 10}, {20, 0}, {20, 10}})), (Indices{20, 40, 60}));
}

TEST(ChangePoints, NoiseHasThemAsOftenAsAlphaSays) {
  constexpr int rounds = 600;
  for (const double alpha : {0.05, 0.2}) {
    int wrong = 0;
    for (int round = 0; round < rounds; ++round) {
      Draws draws{static_cast<std::uint64_t>(round)};
      const ChangePointOptions options{.alpha = alpha, .permutations = 99, .seed = static_cast<std::uint64_t>(round)};
      wrong += indices(draws.normals(30), options).empty() ? 0 : 1;
    }
    EXPECT_NEAR(static_cast<double>(wrong) / rounds, alpha, 3 * std::sqrt(alpha * (1 - alpha) / rounds));
  }
}

TEST(ChangePoints, OneOutlierIsNoChange) {
  Draws draws{3};
  Values series = draws.normals(40, 100);
  series[20] = 1000;
  EXPECT_TRUE(indices(series).empty());
}

TEST(ChangePoints, SegmentsAreNeverShorterThanAsked) {
  Draws draws{4};
  const Values series = steps(draws, {{15, 0}, {3, 20}, {15, 40}});
  EXPECT_EQ(indices(series, {.least_segment = 2}), (Indices{15, 18}));
  Indices found = indices(series, {.least_segment = 6});
  ASSERT_FALSE(found.empty());
  found.insert(found.begin(), 0);
  found.push_back(series.size());
  for (std::size_t i = 1; i < found.size(); ++i) EXPECT_GE(found[i] - found[i - 1], 6);
}

TEST(ChangePoints, ShortAndConstantSeriesHaveNone) {
  EXPECT_TRUE(indices({}).empty());
  EXPECT_TRUE(indices({1}).empty());
  EXPECT_TRUE(indices({0, 0, 0, 0, 9, 9, 9, 9, 9}).empty());
  EXPECT_EQ(indices({0, 0, 0, 0, 0, 9, 9, 9, 9, 9}), Indices{5});
  EXPECT_TRUE(indices(Values(50, 0.0)).empty());
  EXPECT_TRUE(indices(Values(50, 0.1)).empty());
}

TEST(ChangePoints, UnitsDoNotCount) {
  Draws draws{5};
  const Values series = steps(draws, {{20, 3}, {20, 4}, {20, 6}});
  const auto found = change_points(series);
  ASSERT_FALSE(found.empty());
  for (const double unit : {0x1p-1000, 0x1p1000, -1.0}) {
    Values other = series;
    for (double& value : other) value *= unit;
    const auto same = change_points(other);
    ASSERT_EQ(same.size(), found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(same[i].index, found[i].index);
      EXPECT_EQ(same[i].p, found[i].p);
    }
  }
  constexpr double huge = std::numeric_limits<double>::max();
  Values extremes(20, -huge);
  extremes.insert(extremes.end(), 20, huge);
  EXPECT_EQ(indices(extremes), Indices{20});
}

TEST(ChangePoints, OneSeedGivesOneAnswer) {
  Draws draws{6};
  const Values series = steps(draws, {{20, 0}, {20, 0.9}});
  const auto p = [&](std::uint64_t seed) {
    const auto found = change_points(series, {.alpha = 0.5, .permutations = 499, .least_segment = 15, .seed = seed});
    return found.empty() ? 1 : found[0].p;
  };
  EXPECT_EQ(p(1), p(1));
  EXPECT_NE(p(1), p(2));
  EXPECT_NEAR(p(1), p(2), 0.05);
}

TEST(ChangePoints, RefusesWhatItCannotJudge) {
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) EXPECT_THROW(indices({1, 2, value}), Error);
  for (const double alpha : {0.0, 1.0, std::nan("")}) EXPECT_THROW(indices({1, 2}, {.alpha = alpha}), Error);
  EXPECT_THROW(indices({1, 2}, {.permutations = 18}), Error);
  EXPECT_NO_THROW(indices({1, 2}, {.permutations = 19}));
  EXPECT_THROW(indices({1, 2}, {.least_segment = 1}), Error);
}

}  // namespace
}  // namespace lanemark
