// SPDX-License-Identifier: MIT

#include "bench/statistics/detectable_change.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "bench/statistics/rank_test.hpp"
#include "bench/statistics/shift.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/statistics/draws.hpp"

namespace lanemark {
namespace {

using Values = std::vector<double>;
using Launch = std::function<double(Draws&)>;

double normal_launch(Draws& draws) { return std::exp(0.02 * draws.normal()); }
/// Three of ten are a fifth faster.
double either_launch(Draws& draws) { return (draws.below(10) < 3 ? 0.8 : 1.0) * std::exp(0.002 * draws.normal()); }
/// One of ten went astray.
double tailed_launch(Draws& draws) {
  return std::exp(0.01 * draws.normal()) * (draws.below(10) == 0 ? 1 + draws.uniform() : 1);
}

/// How often launches that are slower by what others of the kind say they could show are called slower.
double caught(const Launch& launch, std::size_t n, std::size_t m, double threshold, const PowerGoal& goal) {
  Draws draws{n + 100 * m};
  const auto launches = [&](std::size_t count) {
    Values values(count);
    for (double& value : values) value = launch(draws);
    return values;
  };
  constexpr int rounds = 2000;
  int called = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto change = detectable_change(launches(n), launches(m), threshold, goal);
    const Values base = launches(n);
    Values run = launches(m);
    for (double& value : run) value *= 1 + change.value();
    const bool significant = rank_test(base, run).p <= goal.alpha;
    called += significant && relative_shift(base, run).change > threshold ? 1 : 0;
  }
  return static_cast<double>(called) / rounds;
}

TEST(DetectableChange, IsShownByOtherLaunchesAsOftenAsItSays) {
  struct Design {
    std::size_t n, m;
    double alpha;
  };
  for (const auto& [n, m, alpha] : {Design{10, 10, 0.01}, {10, 10, 0.001}, {20, 10, 0.001}, {20, 20, 1e-5}}) {
    for (const double threshold : {0.0, 0.02}) {
      const double normal = caught(normal_launch, n, m, threshold, {.alpha = alpha});
      EXPECT_GT(normal, 0.87) << n << ' ' << m << ' ' << alpha << ' ' << threshold;
      EXPECT_LT(normal, 0.95) << n << ' ' << m << ' ' << alpha << ' ' << threshold;
    }
  }
}

// A normal distribution with their spread would promise a change that is caught six times in ten.
TEST(DetectableChange, LaunchesOfTwoSpeedsCountAsWhatTheyAre) {
  EXPECT_GT(caught(either_launch, 10, 10, 0.02, {.alpha = 0.001}), 0.9);
  EXPECT_GT(caught(either_launch, 10, 10, 0.1, {.alpha = 0.001}), 0.9);
  Draws draws{7};
  Values base(10);
  Values run(10);
  for (double& value : base) value = either_launch(draws);
  for (double& value : run) value = either_launch(draws);
  EXPECT_LT(detectable_change(base, run, 0.02, {.alpha = 0.001}).value(), 0.4) << "the two are 25 % apart";
}

// Strays so rare that one comparison in eight has none are not foreseen by those.
TEST(DetectableChange, RareStraysMakeItALittleTooHopeful) {
  EXPECT_GT(caught(tailed_launch, 10, 10, 0.02, {.alpha = 0.001}), 0.75);
  EXPECT_GT(caught(tailed_launch, 10, 10, 0.1, {.alpha = 0.001}), 0.75);
}

TEST(DetectableChange, LaunchesThatDoNotVaryShowWhatExceedsTheThreshold) {
  EXPECT_DOUBLE_EQ(detectable_change(Values(5, 3), Values(5, 4), 0.02, {.alpha = 0.01}).value(), 0.02);
  EXPECT_EQ(detectable_change(Values(5, 3), Values(5, 4), 0, {.alpha = 0.01}), 0);
}

TEST(DetectableChange, SoFewShowNothing) {
  EXPECT_FALSE(detectable_change(Values{1, 2, 3}, Values{1, 2, 3}, 0.02));
  EXPECT_TRUE(detectable_change(Values{1, 2, 3, 4}, Values{1, 2, 3, 4}, 0.02));
}

TEST(DetectableChange, TakesNoNoticeOfTheUnit) {
  Draws draws{3};
  Values base(10);
  Values run(10);
  for (double& value : base) value = normal_launch(draws);
  for (double& value : run) value = normal_launch(draws);
  const double change = detectable_change(base, run, 0.02).value();
  EXPECT_EQ(detectable_change(base, run, 0.02), change) << "the same again";
  for (Values* const side : {&base, &run}) {
    for (double& value : *side) value *= 1024;
  }
  EXPECT_NEAR(detectable_change(base, run, 0.02).value(), change, 1e-12);
}

TEST(DetectableChange, RefusesWhatHasNoAnswer) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Values good{1, 2, 3, 4, 5};
  EXPECT_THROW(detectable_change(Values{}, good, 0.02), Error);
  EXPECT_THROW(detectable_change(Values{1}, Values{1}, 0.02), Error);
  for (const double bad : {0.0, -1.0, infinity, std::nan("")}) {
    EXPECT_THROW(detectable_change(Values{1, 2, bad}, good, 0.02), Error);
    EXPECT_THROW(detectable_change(good, Values{1, 2, bad}, 0.02), Error);
  }
  for (const double bad : {-0.1, infinity, std::nan("")}) EXPECT_THROW(detectable_change(good, good, bad), Error);
  for (const double share : {0.0, 1.0, std::nan("")}) {
    EXPECT_THROW(detectable_change(good, good, 0.02, {.power = share}), Error);
    EXPECT_THROW(detectable_change(good, good, 0.02, {.alpha = share}), Error);
  }
}

}  // namespace
}  // namespace lanemark
