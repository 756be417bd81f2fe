// SPDX-License-Identifier: MIT

#include "bench/text/figures.hpp"

#include <gtest/gtest.h>

namespace lanemark {
namespace {

TEST(Figures, FourDigits) {
  EXPECT_EQ(figure(0), "0");
  EXPECT_EQ(figure(0.0004), "<0.001");
  EXPECT_EQ(figure(0.0006), "0.001");
  EXPECT_EQ(figure(1.23456), "1.235");
  EXPECT_EQ(figure(9.99951), "10.00");
  EXPECT_EQ(figure(12.3456), "12.35");
  EXPECT_EQ(figure(99.996), "100.0");
  EXPECT_EQ(figure(123.456), "123.5");
  EXPECT_EQ(figure(999.96), "1000");
  EXPECT_EQ(figure(123456.7), "123457");
}

TEST(Figures, Times) {
  EXPECT_EQ(time_figure(Seconds{0}), "0 ns");
  EXPECT_EQ(time_figure(Seconds{250e-9}), "250.0 ns");
  EXPECT_EQ(time_figure(Seconds{12.345e-6}), "12.35 us");
  EXPECT_EQ(time_figure(Seconds{999.99e-6}), "1.000 ms");
  EXPECT_EQ(time_figure(Seconds{1.5}), "1.500 s");
  EXPECT_EQ(time_figure(Seconds{1234}), "1234 s");
}

TEST(Figures, RatesAreDecimal) {
  EXPECT_EQ(rate_figure({1e9}), "1.000");
  EXPECT_EQ(rate_figure(gibibytes(1) / Seconds{1}), "1.074");
}

TEST(Figures, Amounts) {
  EXPECT_EQ(amount_figure(Bytes{}), "0 B");
  EXPECT_EQ(amount_figure(Bytes{999}), "999 B");
  EXPECT_EQ(amount_figure(Bytes{1500}), "1.500 kB");
  EXPECT_EQ(amount_figure(gibibytes(1)), "1.074 GB");
  EXPECT_EQ(amounts_figure(Bytes{45'678'000}, Bytes{1'234'000}), "45.7/1.23 MB");
  EXPECT_EQ(amounts_figure(Bytes{1'234'000}, Bytes{45'678'000}), "1.23/45.7 MB");
  EXPECT_EQ(amounts_figure(Bytes{8}, Bytes{0}), "8/0 B");
  EXPECT_EQ(amounts_figure(Bytes{2'000'000}, Bytes{2'000'001}), "2.000 MB");
}

}  // namespace
}  // namespace lanemark
