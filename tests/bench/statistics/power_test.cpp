// SPDX-License-Identifier: MIT

#include "bench/statistics/power.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "bench/statistics/rank_distribution.hpp"
#include "bench/statistics/rank_test.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/statistics/draws.hpp"

namespace lanemark {
namespace {

using Values = std::vector<double>;

/// How often launches of this change and spread are called changed, slower or faster as they are.
double simulated(std::size_t n, std::size_t m, double change, double spread, double alpha) {
  Draws draws{n * m};
  constexpr int rounds = 4000;
  int called = 0;
  for (int round = 0; round < rounds; ++round) {
    called += rank_test(draws.normals(n, 0, spread), draws.normals(m, std::log1p(change), spread)).p <= alpha ? 1 : 0;
  }
  return static_cast<double>(called) / rounds;
}

struct Design {
  std::size_t n, m;
  double alpha;
};
const Design designs[] = {{4, 4, 0.05},   {5, 5, 0.05},   {5, 5, 0.01},    {6, 6, 0.05},   {8, 8, 0.001},
                          {10, 10, 0.05}, {10, 10, 1e-4}, {20, 20, 0.05},  {20, 20, 1e-5}, {5, 20, 0.01},
                          {30, 3, 0.01},  {40, 40, 1e-5}, {100, 101, 0.05}};

/// The change that this design shows with this power.
double change_shown(const Design& design, double spread, double power) {
  double hidden = 0;
  double shown = 10;
  while (shown - hidden > 1e-9) {
    const double middle = std::midpoint(hidden, shown);
    (rank_test_power(design.n, design.m, middle, spread, design.alpha) < power ? hidden : shown) = middle;
  }
  return shown;
}

TEST(Power, ChangesAreSeenAsOftenAsItSays) {
  constexpr double spread = 0.02;
  for (const Design& design : designs) {
    for (const double power : {0.8, 0.9}) {
      const double change = change_shown(design, spread, power);
      const double seen = simulated(design.n, design.m, change, spread, design.alpha);
      EXPECT_GT(seen, power - 0.03) << design.n << ' ' << design.m << ' ' << design.alpha;
      const bool overlap_hides = critical_u(design.n, design.m, design.alpha) == 0;
      EXPECT_LT(seen, power + (overlap_hides ? 0.13 : 0.06)) << design.n << ' ' << design.m << ' ' << design.alpha;
      // And as often where it is a speed-up.
      EXPECT_NEAR(simulated(design.n, design.m, 1 / (1 + change) - 1, spread, design.alpha), seen, 0.03);
    }
  }
}

TEST(Power, AsManyLaunchesAsNeededAndNoFewer) {
  for (const double change : {0.1, 0.03, 0.02, 0.005, -0.02}) {
    for (const auto& [alpha, power] : {PowerGoal{0.05, 0.9}, {0.001, 0.9}, {0.05, 0.5}}) {
      constexpr double spread = 0.02;
      const auto launches = launches_needed(change, spread, {.alpha = alpha, .power = power});
      ASSERT_TRUE(launches);
      EXPECT_GE(rank_test_power(*launches, *launches, change, spread, alpha), power) << change;
      EXPECT_GE(*launches, least_launches(alpha));
      if (*launches > least_launches(alpha)) {
        EXPECT_LT(rank_test_power(*launches - 1, *launches - 1, change, spread, alpha), power) << change;
      }
      if (*launches > 100) continue;  // exactness is checked above, and simulation takes long
      EXPECT_GT(simulated(*launches, *launches, change, spread, alpha), power - 0.03) << change << ' ' << alpha;
    }
  }
}

// Noether (1987): (1.960 + 1.282)^2 / (6 (p - 1/2)^2) on each side, p = 0.6 where two normals are 0.3583 deviations
// apart.
TEST(Power, ManyLaunchesAreAsManyAsNoetherSays) {
  const auto launches = launches_needed(std::expm1(0.3583 * 0.01), 0.01);
  ASSERT_TRUE(launches);
  EXPECT_NEAR(static_cast<double>(*launches), 10.507 / 6 / 0.01, 5);
}

TEST(Power, ThreeAgainstThreeNeverReachFivePercent) {
  EXPECT_EQ(rank_test_power(3, 3, 1000, 0.02, 0.05), 0);
  EXPECT_EQ(least_launches(0.05), 4);
  EXPECT_EQ(least_launches(0.1), 3);
  EXPECT_EQ(least_launches(0.01), 5);
  EXPECT_EQ(launches_needed(1, 0.001), 4);
}

TEST(Power, OneCaseAmongManyNeedsMoreLaunches) {
  EXPECT_DOUBLE_EQ(alpha_among(0.05, 100), 0.0005);
  EXPECT_DOUBLE_EQ(alpha_among(0.05, 100, 20), 0.01);
  EXPECT_DOUBLE_EQ(alpha_among(0.05, 1), 0.05);
  // 2 / C(2n, n) <= 0.05 / 100: 2 / 3432 is not, 2 / 12870 is.
  EXPECT_EQ(least_launches(alpha_among(0.05, 100)), 8);
}

TEST(Power, GrowsWithLaunchesAndChangeAndShrinksWithSpread) {
  EXPECT_GT(rank_test_power(20, 20, 0.02, 0.02, 0.05), rank_test_power(10, 10, 0.02, 0.02, 0.05));
  EXPECT_GT(rank_test_power(20, 20, 0.01, 0.01, 0.05), rank_test_power(20, 20, 0.01, 0.02, 0.05));
  EXPECT_GT(rank_test_power(10, 10, 0.03, 0.02, 0.05), rank_test_power(10, 10, 0.02, 0.02, 0.05));
  EXPECT_LT(rank_test_power(10, 10, 0, 0.02, 0.05), 0.05);
}

TEST(Power, LaunchesThatDoNotVaryShowEverything) {
  EXPECT_EQ(rank_test_power(4, 4, 1e-9, 0, 0.05), 1);
  EXPECT_EQ(launches_needed(1e-9, 0), 4);
  EXPECT_FALSE(launches_needed(1e-9, 0.02));  // a million are too few
}

TEST(LogSpread, IsAStandardDeviationThatOneLaunchDoesNotMove) {
  Draws draws{1};
  Values medians = draws.normals(4001, std::log(1e-3), 0.02);
  for (double& median : medians) median = std::exp(median);
  EXPECT_NEAR(log_spread(medians), 0.02, 0.001);
  for (std::size_t i = 0; i < 40; ++i) medians[i] *= 100;
  EXPECT_NEAR(log_spread(medians), 0.02, 0.001);
  EXPECT_NEAR(log_spread(Values{1, std::exp(1.0), std::exp(3.0)}), 1 / 0.6744897501960817, 1e-12);
  EXPECT_EQ(log_spread(Values(10, 5)), 0);
  EXPECT_GT(log_spread(Values{5, 5, 5, 5, 5, 5, 5, 7, 7, 7}), 0.1) << "two kinds of launch";
}

TEST(Power, RefusesWhatHasNoAnswer) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::nan("");
  for (const double spread : {-0.1, nan, infinity}) {
    EXPECT_THROW(launches_needed(0.1, spread), Error);
    EXPECT_THROW(rank_test_power(5, 5, 0.1, spread, 0.05), Error);
  }
  for (const double change : {-1.0, -2.0, nan, infinity}) {
    EXPECT_THROW(launches_needed(change, 0.1), Error);
    EXPECT_THROW(rank_test_power(5, 5, change, 0.1, 0.05), Error);
  }
  EXPECT_THROW(launches_needed(0, 0.1), Error);
  for (const double share : {0.0, 1.0, nan}) {
    EXPECT_THROW(launches_needed(0.1, 0.1, {.power = share}), Error);
    EXPECT_THROW(launches_needed(0.1, 0.1, {.alpha = share}), Error);
    EXPECT_THROW(least_launches(share), Error);
    EXPECT_THROW(alpha_among(share, 3), Error);
  }
  EXPECT_THROW(rank_test_power(0, 5, 0.1, 0.1, 0.05), Error);
  EXPECT_THROW(alpha_among(0.05, 0), Error);
  EXPECT_THROW(alpha_among(0.05, 3, 0), Error);
  EXPECT_THROW(alpha_among(0.05, 3, 4), Error);
  EXPECT_THROW(log_spread(Values{1}), Error);
  for (const double median : {0.0, -1.0, nan, infinity}) EXPECT_THROW(log_spread(Values{1, median}), Error);
}

}  // namespace
}  // namespace lanemark
