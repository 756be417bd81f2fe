// SPDX-License-Identifier: MIT

#include "bench/statistics/false_discovery.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/statistics/normal.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/statistics/draws.hpp"

namespace lanemark {
namespace {

using Values = std::vector<double>;

auto discoveries(const Values& p, double q) {
  return std::ranges::count_if(adjusted_for_false_discovery(p), [&](double adjusted) { return adjusted <= q; });
}

// Benjamini and Hochberg (1995), section 4: 15 hypotheses on a treatment of heart attacks.
const Values& paper() {
  static const Values p{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                        0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  return p;
}

TEST(FalseDiscovery, RejectsTheFourOfThePaper) {
  EXPECT_EQ(discoveries(paper(), 0.05), 4);
  // p(i) 15 / i, and no more than those that follow.
  const Values expected{0.0015, 0.003, 0.0095,     0.035625, 0.0603,     0.447 / 7,   0.447 / 7, 0.0645,
                        0.0765, 0.486, 6.393 / 11, 0.714875, 9.792 / 13, 11.385 / 14, 1};
  const Values adjusted = adjusted_for_false_discovery(paper());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12) << i;
}

TEST(FalseDiscovery, KeepsTheOrderGiven) {
  Values p = paper();
  const Values in_order = adjusted_for_false_discovery(p);
  std::vector<std::size_t> places(p.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  Draws draws{1};
  for (std::size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[draws.below(i)]);
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = paper()[places[i]];
  const Values shuffled = adjusted_for_false_discovery(p);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_EQ(shuffled[i], in_order[places[i]]);
}

TEST(FalseDiscovery, IsMonotoneAndNeverBelowP) {
  Draws draws{2};
  Values p(1000);
  for (double& value : p) value = std::pow(draws.uniform(), 3);
  std::ranges::sort(p);
  const Values adjusted = adjusted_for_false_discovery(p);
  EXPECT_TRUE(std::ranges::is_sorted(adjusted));
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_GE(adjusted[i], p[i]);
  EXPECT_LE(adjusted.back(), 1);
}

TEST(FalseDiscovery, EqualAndSingleValues) {
  EXPECT_EQ(adjusted_for_false_discovery(Values{0.03}), Values{0.03});
  EXPECT_EQ(adjusted_for_false_discovery(Values(4, 0.25)), Values(4, 0.25));
  EXPECT_EQ(adjusted_for_false_discovery(Values{0, 1, 0}), (Values{0, 1, 0}));
  EXPECT_TRUE(adjusted_for_false_discovery(Values{}).empty());
}

TEST(FalseDiscovery, KeepsTheShareOfFalseOnesBelowItsRate) {
  // 80 cases unchanged, 20 changed by three deviations: the expected share is 0.1 * 80 %.
  Draws draws{3};
  constexpr int rounds = 2000;
  constexpr std::size_t unchanged = 80;
  double share = 0;
  for (int round = 0; round < rounds; ++round) {
    Values p;
    for (std::size_t i = 0; i < 100; ++i) p.push_back(normal_tail(draws.normal() - (i < unchanged ? 0 : 3)));
    const Values adjusted = adjusted_for_false_discovery(p);
    double wrong = 0;
    double all = 0;
    for (std::size_t i = 0; i < adjusted.size(); ++i) {
      if (adjusted[i] > 0.1) continue;
      ++all;
      wrong += i < unchanged ? 1 : 0;
    }
    share += all > 0 ? wrong / all / rounds : 0;
  }
  EXPECT_NEAR(share, 0.08, 0.006);
}

TEST(FalseDiscovery, RefusesWhatIsNoProbability) {
  for (const double p : {std::nan(""), -0.1, 1.1, HUGE_VAL}) {
    EXPECT_THROW(adjusted_for_false_discovery(Values{0.5, p}), Error);
  }
}

}  // namespace
}  // namespace lanemark
