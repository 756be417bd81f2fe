// SPDX-License-Identifier: MIT

#include "bench/statistics/normal.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

TEST(NormalTail, KeepsItsAccuracyFarOut) {
  EXPECT_DOUBLE_EQ(normal_tail(0), 0.5);
  EXPECT_NEAR(normal_tail(-10) / 7.619853024160526e-24, 1, 1e-12);
  EXPECT_NEAR(normal_tail(1) + normal_tail(-1), 1, 1e-15);
}

TEST(NormalQuantile, TurnsTheTailBack) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.9), 1.2815515655446004, 1e-14);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_NEAR(normal_quantile(1e-300), -37.0471, 1e-4);
  for (const double p : {1e-12, 0.01, 0.3, 0.999}) EXPECT_NEAR(normal_tail(normal_quantile(p)) / p, 1, 1e-13);
  for (const double p : {0.0, 1.0, std::nan("")}) EXPECT_THROW(normal_quantile(p), Error);
}

}  // namespace
}  // namespace lanemark
