// SPDX-License-Identifier: MIT

#include "bench/text/numbers.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace lanemark {
namespace {

TEST(Numbers, AreDigitsAlone) {
  EXPECT_EQ(whole_number<int>("0"), 0);
  EXPECT_EQ(whole_number<int>("10"), 10);
  EXPECT_EQ(whole_number<int>("-3"), -3);
  EXPECT_EQ(whole_number<std::uint64_t>("18446744073709551615"), 18446744073709551615U);
  for (const char* text : {"", " ", "-", "+8", " 8", "8 ", "8x", "0x10", "010", "-08", "00", "1e3", "1.0", "1'000",
                           "1_000", "8\n", "99999999999", "--1", "٣"}) {
    EXPECT_FALSE(whole_number<int>(text)) << text;
  }
  for (const char* text : {"-1", "-0", "18446744073709551616", "36893488147419103240"}) {
    EXPECT_FALSE(whole_number<std::uint64_t>(text)) << text;
  }
}

TEST(Numbers, MayHaveFractionsAndPowersOfTenWhereTheyAreNoCounts) {
  EXPECT_EQ(decimal_number("0.5"), 0.5);
  EXPECT_EQ(decimal_number("1e-3"), 1e-3);
  for (const char* text : {"", "+1", " 1", "1 ", "0x10", "inf", "nan", "1e999", "1,5", "1s"}) {
    EXPECT_FALSE(decimal_number(text)) << text;
  }
}

}  // namespace
}  // namespace lanemark
