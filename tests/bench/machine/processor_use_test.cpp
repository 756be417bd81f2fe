// SPDX-License-Identifier: MIT

#include "bench/machine/processor_use.hpp"

#include <gtest/gtest.h>

#include "bench/machine/gpu_use.hpp"
#include "bench/machine/quiet.hpp"

namespace lanemark {
namespace {

/// Of two processors over 10 s.
ProcessorUse use(double others, double resolution = 0) {
  return {
      .available = Seconds{20}, .others = Seconds{others}, .resolution = Seconds{resolution}, .window = Seconds{10}};
}

TEST(ProcessorUse, OthersDisturbFromTheirLimitOn) {
  const double limit = 20 * quiet::others;
  EXPECT_EQ(disturbance(use(limit * 0.999)), "");
  EXPECT_EQ(disturbance(use(limit * 1.001)),
            "other processes took 5 % of the time of the processors that these ranks may use");
  EXPECT_NE(disturbance(use(20)).find("100 %"), std::string::npos);
}

TEST(ProcessorUse, WhatTheClockCannotTellIsNotHeldAgainstOthers) {
  const double limit = 20 * quiet::others;
  EXPECT_EQ(disturbance(use(limit + 0.999, 1)), "");
  EXPECT_NE(disturbance(use(limit + 1.001, 1)), "");
  EXPECT_EQ(disturbance(ProcessorUse{}), "");
}

TEST(ProcessorUse, AHypervisorIsNamed) {
  ProcessorUse stolen = use(4);
  stolen.stolen = Seconds{3};
  EXPECT_NE(disturbance(stolen).find("15 % for other virtual machines"), std::string::npos) << disturbance(stolen);
}

TEST(ProcessorUse, PausesDisturbFromTheirLimitOn) {
  ProcessorUse paused = use(0);
  paused.paused = paused.window * quiet::paused * 0.999;
  EXPECT_EQ(disturbance(paused), "");
  paused.paused = paused.window * quiet::paused * 1.001;
  EXPECT_NE(disturbance(paused).find("a quota of processor time paused the ranks for 5 %"), std::string::npos);
}

TEST(ProcessorUse, ErrorsOfManyWindowsCancel) {
  ProcessorUse all = use(0, 0.03);
  for (int i = 0; i < 3; ++i) all = sum(all, use(0, 0.03));
  EXPECT_DOUBLE_EQ(all.resolution.count(), 0.06);
  EXPECT_DOUBLE_EQ(all.available.count(), 80);
}

TEST(GpuUse, SharingAndThrottlingDisturbAndThePowerCapDoesNot) {
  EXPECT_EQ(disturbance(GpuUse{.rank = 3}), "");
  EXPECT_EQ(disturbance(GpuUse{.rank = 3, .throttle_reasons = {"power cap"}, .other_processes = 0}), "");
  EXPECT_EQ(disturbance(GpuUse{.rank = 3, .throttle_reasons = {"power cap", "thermal"}}),
            "the GPU of rank 3 throttled: thermal");
  EXPECT_EQ(disturbance(GpuUse{.rank = 3, .other_processes = 1}), "the GPU of rank 3 was shared with 1 other process");
}

}  // namespace
}  // namespace lanemark
