// SPDX-License-Identifier: MIT

#include "bench/gate/noise_floors.hpp"

#include <gtest/gtest.h>

#include "tests/bench/gate/launches_by_hand.hpp"

namespace lanemark {
namespace {

TEST(NoiseFloors, ClassesGroupWhatVariesAlike) {
  const auto sized = [](Bytes size) { return case_class(all_reduce_case(size.value)); };
  EXPECT_EQ(sized(Bytes{65535}), "all_reduce/nccl/latency/small/ranks:4");
  EXPECT_EQ(sized(Bytes{65536}), "all_reduce/nccl/latency/medium/ranks:4");
  EXPECT_EQ(sized(Bytes{mebibytes(16).value - 1}), "all_reduce/nccl/latency/medium/ranks:4");
  EXPECT_EQ(sized(mebibytes(16)), "all_reduce/nccl/latency/large/ranks:4");
  EXPECT_EQ(sized(Bytes{1}), "all_reduce/nccl/latency/small/ranks:4");
  EXPECT_EQ(sized(Bytes{0}), "all_reduce/nccl/latency/empty/ranks:4");
  Case step = all_reduce_case(0);
  step.size.reset();
  step.backend.clear();
  step.operation = "mlp";
  step.mode = "step";
  step.ranks = 2;
  EXPECT_EQ(case_class(step), "mlp/step/ranks:2");
}

NoiseFloor floor(double change, bool steady = true) {
  return {.change = change, .comparisons = 1, .of_class = case_class(all_reduce_case(8)), .steady = steady};
}

const std::string eight = name(all_reduce_case(8));
const std::string sixteen = name(all_reduce_case(16));

TEST(NoiseFloors, ACaseThatWasNotCalibratedIsLikeTheWorstOfItsClass) {
  NoiseFloors floors;
  EXPECT_EQ(floors.find(all_reduce_case(8)), nullptr);
  floors.set(eight, floor(0.1));
  floors.set(sixteen, floor(0.2));
  EXPECT_EQ(floors.find(all_reduce_case(8))->change, 0.1);
  EXPECT_EQ(floors.find(all_reduce_case(16))->change, 0.2);
  EXPECT_EQ(floors.find(all_reduce_case(32))->change, 0.2);
  EXPECT_EQ(floors.find(all_reduce_case(32))->comparisons, 2U);
  EXPECT_EQ(floors.find(all_reduce_case(1U << 30U)), nullptr) << "of another class";
}

TEST(NoiseFloors, SoIsOneOfTooFewComparisons) {
  NoiseFloors floors;
  floors.set(eight, floor(0.1, false));
  EXPECT_EQ(floors.find(all_reduce_case(8))->change, 0.1);
  floors.set(sixteen, floor(0.2));
  EXPECT_EQ(floors.find(all_reduce_case(8))->change, 0.2);
}

TEST(NoiseFloors, NewerOnesReplaceThoseOfTheirCasesAlone) {
  NoiseFloors floors;
  floors.set(eight, floor(0.3));
  floors.set(sixteen, floor(0.2, false));
  NoiseFloors newer;
  newer.set(eight, floor(0.1, false));
  floors.merge(newer);
  EXPECT_EQ(floors.find(all_reduce_case(8))->change, 0.2) << "too few comparisons now";
  EXPECT_EQ(floors.find(all_reduce_case(16))->change, 0.2) << "the class forgets nothing";
  newer.set(eight, floor(0.4));
  floors.merge(newer);
  EXPECT_EQ(floors.find(all_reduce_case(8))->change, 0.4);
  EXPECT_EQ(floors.find(all_reduce_case(16))->change, 0.4);
  floors.set(eight, floor(0.1));
  EXPECT_EQ(floors.find(all_reduce_case(16))->change, 0.2) << "what was replaced is gone from the class";
}

}  // namespace
}  // namespace lanemark
