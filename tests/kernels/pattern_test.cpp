// SPDX-License-Identifier: MIT

#include "kernels/pattern.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/kernels/random.hpp"

namespace lanemark::test {
namespace {

TEST(Pattern, UniformStaysInItsRange) {
  Random random;
  const std::uint64_t seed = random.bits();
  double sum = 0;
  constexpr int count = 100000;
  for (std::uint64_t i = 0; i < count; ++i) {
    const float value = pattern::uniform(seed, i, -3, 5);
    ASSERT_GE(value, -3);
    ASSERT_LT(value, 5);
    sum += value;
    ASSERT_LT(pattern::uniform(seed, i, 1e6F, 1e6F + 0.125F), 1e6F + 0.125F) << "rounds up to its end";
  }
  EXPECT_NEAR(sum / count, 1, 0.05);  // seven standard deviations of the mean
}

TEST(Pattern, LabelsCoverTheirRange) {
  const std::uint64_t seed = Random{}.bits();
  std::set<std::int32_t> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) seen.insert(pattern::label(seed, i, 10));
  EXPECT_EQ(seen, (std::set<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

}  // namespace
}  // namespace lanemark::test
