// SPDX-License-Identifier: MIT

// Which launches a command line asks for, in which order, and what each is told.

#include "bench/commands/launch_plan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/commands/measuring_flags.hpp"
#include "bench/launching/launch_arguments.hpp"
#include "bench/launching/launches.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Words = std::vector<std::string>;

TEST(LaunchOrder, takesTurnsSoThatADriftMeetsBothAlike) {
  constexpr Build ours = Build::this_one;
  constexpr Build other = Build::other;
  EXPECT_EQ(launch_order(1, true), (std::vector{ours, other}));
  EXPECT_EQ(launch_order(3, true), (std::vector{ours, other, other, ours, ours, other}));
  EXPECT_EQ(launch_order(4, true), (std::vector{ours, other, other, ours, ours, other, other, ours}));
  EXPECT_EQ(launch_order(3, false), (std::vector{ours, ours, ours}));
}

LaunchPlan planned(const Words& arguments) { return plan_launches(parse_measuring_line(arguments)); }

TEST(LaunchPlan, saysHowManyRanks) {
  EXPECT_EQ(planned({"run", "collectives", "--launches=3", "--np=5"}).processes, 5);
  EXPECT_EQ(planned({"run", "collectives", "--launches=3", "--ranks=1,6,2"}).processes, 6);
  EXPECT_EQ(planned({"run", "collectives", "--launches=3", "--ranks=2", "--np=3"}).processes, 3);
  EXPECT_GE(planned({"run", "collectives", "--launches=3"}).processes, 1);
  const LaunchPlan plan =
      planned({"run", "collectives", "--launches=3", "--results=r", "--seed=8", "--launch-timeout=2min"});
  EXPECT_EQ(plan.launches, 3);
  EXPECT_EQ(plan.results, "r");
  EXPECT_EQ(plan.seed, 8);
  EXPECT_EQ(plan.timeout, Seconds{120});
  EXPECT_EQ(plan.arguments, (Words{"run", "collectives"}));
  EXPECT_FALSE(plan.other_build);
  EXPECT_TRUE(planned({"run", "collectives", "--launches=3", "--interleave=/bin/sh"}).other_build);
}

std::string refusal(const Words& arguments) {
  try {
    planned(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(LaunchPlan, refusesWhatItCannotHonour) {
  EXPECT_NE(refusal({"run", "collectives", "--launches=0"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--launches=100001"}).find("at most 100000"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--np=0"}).find("at least 1"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--np=-1"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--launch-timeout=soon"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--ranks=4", "--np=2"}).find("--np 4"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--np=2"}).find("--launches"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--interleave=/bin/sh"}).find("--launches"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--interleave=/bin"}).find("/bin"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--interleave=/etc/passwd"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--benchmark_out=x.json"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--launches=1", "--benchmark_list_tests"}), "");
  EXPECT_NE(refusal({"quick", "--launches=2"}), "");
}

TEST(LaunchPlan, handsOnWhatWasAskedForAndNotWhatStartsLaunches) {
  EXPECT_EQ(planned({"run", "--launches", "10", "collectives", "-b", "8", "--np=4", "--ranks", "1,2"}).arguments,
            (Words{"run", "collectives", "--ranks=1,2", "--min-bytes=8"}));
  EXPECT_EQ(
      planned({"run", "collectives", "--launches=2", "--results", "x", "--interleave=/bin/sh", "--progress", "off",
               "--seed", "3", "--launch-timeout", "9", "--benchmark_repetitions=2", "--benchmark_format=csv"})
          .arguments,
      (Words{"run", "collectives", "--progress=off", "--benchmark_format=csv", "--benchmark_repetitions=2"}));
}

TEST(LaunchPlan, isReadBackAsMeant) {
  const LaunchPlan plan = planned({"run", "--launches=2", "--benchmark_repetitions=2", "--seed", "1", "--ranks", "1,2",
                                   "--", "collectives", "transfers"});
  const MeasuringLine line = parse_measuring_line(launch_arguments(plan.arguments, "some folder", 7));
  EXPECT_EQ(line.options.results, "some folder");
  EXPECT_EQ(line.options.seed, 7);
  EXPECT_EQ(line.options.suites, (Words{"collectives", "transfers"}));
  EXPECT_EQ(line.options.ranks, (std::vector{1, 2}));
  EXPECT_FALSE(line.options.launches);
}

TEST(LaunchPlan, isShownInTimesThatAPersonReads) {
  EXPECT_EQ(clock_figure(Seconds{45}), "45 s");
  EXPECT_EQ(clock_figure(Seconds{200}), "3 min 20 s");
  EXPECT_EQ(clock_figure(Seconds{7500}), "2 h 5 min");
  EXPECT_EQ(clock_figure(Seconds{1e300}), "876582 h 0 min");
}

std::string refusal_under_launcher(const Words& arguments) {
  try {
    refuse_launches_under_launcher(parse_measuring_line(arguments));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(LaunchPlan, isRefusedUnderALauncherWithTheLoopThatDoesIt) {
  EXPECT_NE(refusal_under_launcher({"run", "collectives", "--launches=2"}).find("srun"), std::string::npos);
  EXPECT_NE(refusal_under_launcher({"run", "collectives", "--launches=1", "--interleave=/bin/sh"}), "");
  EXPECT_NE(refusal_under_launcher({"run", "collectives", "--launches=1", "--np=2"}), "");
  EXPECT_EQ(refusal_under_launcher({"run", "collectives", "--launches=1"}), "");
  EXPECT_EQ(refusal_under_launcher({"run", "collectives"}), "");
  EXPECT_NE(refusal_under_launcher({"quick", "--np=2"}).find("leave it off"), std::string::npos);
  EXPECT_EQ(refusal_under_launcher({"quick"}), "");
}

}  // namespace
}  // namespace lanemark
