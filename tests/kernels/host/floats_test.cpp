#include "kernels/host/floats.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lanemark::test {
namespace {

/// Where two operations of a step have their scratch memory: one that needs a little and then much at once, and one
/// that needs much and then a little.
std::set<const float*> places() {
  std::set<const float*> all;
  for (const auto& [first, second] : {std::pair{10U, 1000U}, std::pair{900U, 20U}}) {
    Scratch one{first};
    Scratch other{second};
    EXPECT_NE(one.data(), other.data());
    all.insert({one.data(), other.data()});
  }
  return all;
}

TEST(Floats, ScratchIsKeptFromTheFirstRunOn) {
  const std::set<const float*> first = places();
  for (int run = 0; run < 4; ++run) {
    for (const float* const place : places()) EXPECT_TRUE(first.contains(place)) << "allocated in a later run";
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
