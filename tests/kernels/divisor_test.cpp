// SPDX-License-Identifier: MIT

#include "kernels/cuda/divisor.hpp"

#include <gtest/gtest.h>

#include <random>

#include "kernels/cuda/divisor.hpp"

namespace lanemark::test {
namespace {

void expect_right(unsigned dividend, unsigned divisor) {
  const Divisor::Result result = Divisor{divisor}.divide(dividend);
  EXPECT_EQ(result.quotient, dividend / divisor) << dividend << " / " << divisor;
  EXPECT_EQ(result.remainder, dividend % divisor) << dividend << " % " << divisor;
}

constexpr unsigned largest = (1U << 31U) - 1;

TEST(DivisorTest, DividesAroundEveryMultiple) {
  for (const unsigned divisor : {1U, 2U, 3U, 5U, 7U, 9U, 27U, 64U, 641U, 65535U, 65537U, 1U << 30U, largest}) {
    for (const unsigned multiple : {0U, 1U, largest / divisor / 2, largest / divisor}) {
      const unsigned at = multiple * divisor;
      expect_right(at, divisor);
      if (at > 0) expect_right(at - 1, divisor);
      if (at < largest) expect_right(at + 1, divisor);
    }
    expect_right(largest, divisor);
  }
}

TEST(DivisorTest, DividesRandomNumbers) {
  std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<unsigned> dividend{0, largest};
  std::uniform_int_distribution<unsigned> bits{1, 31};
  for (int i = 0; i < 100000; ++i) {
    std::uniform_int_distribution<unsigned> divisor{1, (1U << bits(random)) - 1};
    expect_right(dividend(random), divisor(random));
  }
}

}  // namespace
}  // namespace lanemark::test
