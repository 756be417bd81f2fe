// SPDX-License-Identifier: MIT

#include "kernels/host/floats.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace lanemark::test {
namespace {

using Places = std::set<const float*>;

/// Where a step has its scratch memory whose operations need two pieces each, of these sizes.
Places places(const std::vector<std::pair<std::size_t, std::size_t>>& operations) {
  Places all;
  for (const auto& [first, second] : operations) {
    Scratch one{first};
    Scratch other{second};
    EXPECT_NE(one.data(), other.data());
    all.insert({one.data(), other.data()});
  }
  return all;
}

TEST(Floats, ScratchIsKeptFromTheFirstRunOn) {
  const std::vector<std::vector<std::pair<std::size_t, std::size_t>>> steps{
      {{10, 1000}}, {{1000, 10}}, {{10, 1000}, {900, 20}}, {{30, 30}, {20, 1000}, {1000, 900}, {10, 10}}};
  for (const auto& step : steps) {
    std::thread{[&step] {  // which has kept nothing yet
      const Places first = places(step);
      for (int run = 0; run < 4; ++run) {
        for (const float* const place : places(step)) EXPECT_TRUE(first.contains(place)) << "allocated in a later run";
      }
    }}
        .join();
  }
}

TEST(Floats, FloatArraysAreTheirOwn) {
  float values[3] = {1, 2, 3};
  const Array array{DType::float32, values, 3};
  EXPECT_EQ(FloatsOf{array}.data(), values);
  EXPECT_EQ(FloatsTo{array}.data(), values);
}

TEST(Floats, BFloat16IsWidenedAndRoundedOnce) {
  BFloat16 values[2] = {BFloat16{1.5F}, BFloat16{-3.0F}};
  const Array array{DType::bfloat16, values, 2};
  const FloatsOf of{array};
  EXPECT_EQ(of.data()[0], 1.5F);
  EXPECT_EQ(of.data()[1], -3.0F);
  const FloatsTo to{array};
  to.data()[0] = 1 + 1.0F / 256;  // halfway between two: to the even one
  to.data()[1] = 1 + 3.0F / 256;
  EXPECT_EQ(static_cast<float>(values[0]), 1.5F) << "stored too early";
  to.store();
  EXPECT_EQ(static_cast<float>(values[0]), 1.0F);
  EXPECT_EQ(static_cast<float>(values[1]), 1 + 4.0F / 256);
}

}  // namespace
}  // namespace lanemark::test
