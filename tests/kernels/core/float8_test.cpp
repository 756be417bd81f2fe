// SPDX-License-Identifier: MIT

#include "kernels/core/float8.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lanemark::test {
namespace {

template <class T>
struct Format;
template <>
struct Format<Float8E4M3> {
  static constexpr int fraction_bits = 3;
  static constexpr int bias = 7;
  static constexpr unsigned largest = 0x7e;  // 448
  static constexpr float largest_value = 448;
};
template <>
struct Format<Float8E5M2> {
  static constexpr int fraction_bits = 2;
  static constexpr int bias = 15;
  static constexpr unsigned largest = 0x7b;
  static constexpr float largest_value = 57344;
};

/// From the definition of a binary floating-point format.
template <class T>
double decoded(unsigned bits) {
  using F = Format<T>;
  const auto exponent = static_cast<int>(bits >> static_cast<unsigned>(F::fraction_bits));
  const unsigned fraction = bits & ((1U << static_cast<unsigned>(F::fraction_bits)) - 1);
  if (exponent == 0) return std::ldexp(fraction, 1 - F::bias - F::fraction_bits);
  return std::ldexp(fraction + (1U << static_cast<unsigned>(F::fraction_bits)), exponent - F::bias - F::fraction_bits);
}

template <class T>
T byte_from_bits(unsigned bits) {
  T value;
  value.bits = static_cast<std::uint8_t>(bits);
  return value;
}

template <class T>
class Float8Test : public ::testing::Test {};
using Float8s = ::testing::Types<Float8E4M3, Float8E5M2>;
TYPED_TEST_SUITE(Float8Test, Float8s);

TYPED_TEST(Float8Test, EveryFinitePatternMeansItsValueAndComesBack) {
  for (unsigned bits = 0; bits <= Format<TypeParam>::largest; ++bits) {
    for (const unsigned sign : {0U, 0x80U}) {
      const auto value = static_cast<float>(byte_from_bits<TypeParam>(sign | bits));
      ASSERT_EQ(static_cast<double>(std::abs(value)), decoded<TypeParam>(bits)) << bits;
      ASSERT_EQ(std::signbit(value), sign != 0) << bits;
      ASSERT_EQ(TypeParam{value}.bits, sign | bits);
    }
  }
}

TYPED_TEST(Float8Test, RoundsToNearestEven) {
  for (unsigned lower = 0; lower < Format<TypeParam>::largest; ++lower) {
    const auto middle = static_cast<float>((decoded<TypeParam>(lower) + decoded<TypeParam>(lower + 1)) / 2);
    for (const unsigned sign : {0U, 0x80U}) {
      const float side = sign == 0 ? 1.0F : -1.0F;
      ASSERT_EQ(TypeParam{side * middle}.bits, sign | (lower % 2 == 0 ? lower : lower + 1)) << lower;
      ASSERT_EQ(TypeParam{side * std::nextafter(middle, 0.0F)}.bits, sign | lower) << lower;
      ASSERT_EQ(TypeParam{side * std::nextafter(middle, HUGE_VALF)}.bits, sign | (lower + 1)) << lower;
    }
  }
}

TYPED_TEST(Float8Test, WhatIsTooLargeBecomesTheLargest) {
  using F = Format<TypeParam>;
  EXPECT_EQ(static_cast<float>(byte_from_bits<TypeParam>(F::largest)), F::largest_value);
  for (const float value :
       {F::largest_value * 1.01F, F::largest_value * 2, std::numeric_limits<float>::max(), HUGE_VALF}) {
    EXPECT_EQ(TypeParam{value}.bits, F::largest) << value;
    EXPECT_EQ(TypeParam{-value}.bits, 0x80U | F::largest) << value;
  }
  EXPECT_EQ(TypeParam{std::numeric_limits<float>::denorm_min()}.bits, 0U);
}

TYPED_TEST(Float8Test, WhatIsNoNumberStaysNone) {
  EXPECT_TRUE(std::isnan(static_cast<float>(TypeParam{std::nanf("")})));
  EXPECT_TRUE(std::isnan(static_cast<float>(TypeParam{std::bit_cast<float>(0x7f800001U)})));
  EXPECT_TRUE(std::isnan(static_cast<float>(byte_from_bits<TypeParam>(0xff))));
}

TEST(Float8, OnlyTheWiderExponentHasInfinity) {
  EXPECT_EQ(static_cast<float>(byte_from_bits<Float8E5M2>(0x7c)), HUGE_VALF);
  EXPECT_EQ(static_cast<float>(byte_from_bits<Float8E5M2>(0xfc)), -HUGE_VALF);
  EXPECT_TRUE(std::isnan(static_cast<float>(byte_from_bits<Float8E5M2>(0x7d))));
  EXPECT_EQ(static_cast<float>(byte_from_bits<Float8E4M3>(0x78)), 256);
}

}  // namespace
}  // namespace lanemark::test
