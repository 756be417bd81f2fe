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
  Case step = all_reduce_case(0);
  step.backend.clear();
  step.operation = "mlp";
  step.mode = "step";
  step.ranks = 2;
  EXPECT_EQ(case_class(step), "mlp/step/ranks:2");
}

TEST(NoiseFloors, NewerFloorsReplaceWhatTheyMeasured) {
  NoiseFloors floors{.by_case = {{"a", {.change = 1}}, {"b", {.change = 2}}}, .by_class = {{"c", {.change = 3}}}};
  floors.replace({.by_case = {{"b", {.change = 4}}}, .by_class = {{"d", {.change = 5}}}});
  EXPECT_EQ(floors.by_case.at("a").change, 1);
  EXPECT_EQ(floors.by_case.at("b").change, 4);
  EXPECT_EQ(floors.by_class.at("c").change, 3);
  EXPECT_EQ(floors.by_class.at("d").change, 5);
}

}  // namespace
}  // namespace lanemark
