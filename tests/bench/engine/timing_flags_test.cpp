// SPDX-License-Identifier: MIT

#include "bench/engine/timing_flags.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

bool ignores(Pace pace, const TimingOptions& timing, std::string_view flag) {
  PlannedCase planned;
  planned.pace = pace;
  const std::vector<IgnoredFlag> flags = ignored_by_timing(planned, timing);
  return std::ranges::find(flags, flag, &IgnoredFlag::flag) != flags.end();
}

TEST(TimingFlags, FirstCallsAreNeitherWarmedUpNorCalibrated) {
  for (const char* flag : {"--warmup", "--min-samples"}) {
    EXPECT_TRUE(ignores(Pace::blocking, {}, flag)) << flag;
    for (const Pace other : {Pace::isolated, Pace::back_to_back, Pace::continuous}) {
      EXPECT_FALSE(ignores(other, {}, flag)) << flag;
    }
  }
}

TEST(TimingFlags, CountsThatAreGivenLeaveNothingToOthers) {
  const TimingOptions counted{.iterations = 20};
  const char* const flag = "--min-samples";
  EXPECT_TRUE(ignores(Pace::isolated, counted, flag));
  EXPECT_TRUE(ignores(Pace::continuous, counted, flag));
  EXPECT_FALSE(ignores(Pace::back_to_back, counted, flag)) << "-n counts a sample's operations there";
  EXPECT_TRUE(ignores(Pace::isolated, {.precision = 0.01}, "--min-samples"));
}

TEST(TimingFlags, ATimeForAllRunsAlikeIsNeverInTheWay) {
  for (const Pace pace : {Pace::isolated, Pace::back_to_back, Pace::continuous, Pace::blocking}) {
    for (const TimingOptions& timing : {TimingOptions{}, TimingOptions{.iterations = 20}}) {
      EXPECT_FALSE(ignores(pace, timing, "--min-time"));
    }
  }
}

TEST(TimingFlags, TwoThatWantDifferentNumbersOfSamplesAreRefused) {
  const TimingOptions both{.iterations = 20, .precision = 0.01};
  EXPECT_THROW(ignores(Pace::isolated, both, ""), UsageError);
  EXPECT_THROW(ignores(Pace::blocking, both, ""), UsageError);
  EXPECT_NO_THROW(ignores(Pace::back_to_back, both, ""));
}

}  // namespace
}  // namespace lanemark
