// SPDX-License-Identifier: MIT

#include "kernels/core/half.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lanemark::test {
namespace {

/// The value of sign, exponent and fraction bits, from the definition of a binary floating-point format.
double decoded(unsigned bits, int fraction_bits, int bias, int largest_exponent) {
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  const auto exponent = static_cast<int>((bits & 0x7fffU) >> static_cast<unsigned>(fraction_bits));
  const unsigned fraction = bits & ((1U << static_cast<unsigned>(fraction_bits)) - 1);
  if (exponent == largest_exponent) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  }
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(fraction + (1U << static_cast<unsigned>(fraction_bits)), exponent - bias - fraction_bits);
}

template <class T>
struct Format;
template <>
struct Format<Half> {
  static constexpr unsigned infinity = 0x7c00;
  static double value(unsigned bits) { return decoded(bits, 10, 15, 31); }
};
template <>
struct Format<BFloat16> {
  static constexpr unsigned infinity = 0x7f80;
  static double value(unsigned bits) { return decoded(bits, 7, 127, 255); }
};

template <class T>
T from_bits(unsigned bits) {
  T value;
  value.bits = static_cast<std::uint16_t>(bits);
  return value;
}

template <class T>
class SmallFloatTest : public ::testing::Test {};
using SmallFloats = ::testing::Types<Half, BFloat16>;
TYPED_TEST_SUITE(SmallFloatTest, SmallFloats);

TYPED_TEST(SmallFloatTest, EveryPatternMeansItsValueAndComesBack) {
  for (unsigned bits = 0; bits <= 0xffffU; ++bits) {
    const auto value = static_cast<float>(from_bits<TypeParam>(bits));
    const double expected = Format<TypeParam>::value(bits);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_TRUE(std::isnan(static_cast<float>(TypeParam{value}))) << bits;
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), expected) << bits;
    ASSERT_EQ(std::signbit(value), (bits & 0x8000U) != 0) << bits;
    ASSERT_EQ(TypeParam{value}.bits, bits);
  }
}

// Between every two neighbours: the middle goes to the even one, anything beside it to the nearer. Past the largest
// finite value the next step of the format would be infinity's bits, and rounds there alike.
TYPED_TEST(SmallFloatTest, RoundsToNearestEven) {
  for (unsigned lower = 0; lower < Format<TypeParam>::infinity; ++lower) {
    const unsigned upper = lower + 1;
    const double below = Format<TypeParam>::value(lower);
    const double step = below - Format<TypeParam>::value(lower == 0 ? 1 : lower - 1);
    const double above = upper == Format<TypeParam>::infinity ? below + step : Format<TypeParam>::value(upper);
    const auto middle = static_cast<float>((below + above) / 2);
    for (const unsigned sign : {0U, 0x8000U}) {
      const float side = sign == 0 ? 1.0F : -1.0F;
      ASSERT_EQ(TypeParam{side * middle}.bits, sign | (lower % 2 == 0 ? lower : upper)) << lower;
      ASSERT_EQ(TypeParam{side * std::nextafter(middle, 0.0F)}.bits, sign | lower) << lower;
      ASSERT_EQ(TypeParam{side * std::nextafter(middle, HUGE_VALF)}.bits, sign | upper) << lower;
    }
  }
}

TYPED_TEST(SmallFloatTest, Extremes) {
  EXPECT_EQ(TypeParam{HUGE_VALF}.bits, Format<TypeParam>::infinity);
  EXPECT_EQ(TypeParam{-HUGE_VALF}.bits, 0x8000U | Format<TypeParam>::infinity);
  EXPECT_EQ(TypeParam{std::numeric_limits<float>::max()}.bits, Format<TypeParam>::infinity);
  EXPECT_EQ(TypeParam{std::numeric_limits<float>::denorm_min()}.bits, 0U);
  EXPECT_EQ(TypeParam{-0.0F}.bits, 0x8000U);
  EXPECT_TRUE(std::isnan(static_cast<float>(TypeParam{std::nanf("")})));
  // A NaN whose payload lies in the bits cut off must not turn into infinity.
  EXPECT_TRUE(std::isnan(static_cast<float>(TypeParam{std::bit_cast<float>(0x7f800001U)})));
}

}  // namespace
}  // namespace lanemark::test
