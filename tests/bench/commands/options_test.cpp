// SPDX-License-Identifier: MIT

// Every mistake a user can make on the command line is refused with a message that names it.

#include <gtest/gtest.h>

#include "bench/commands/command.hpp"
#include "bench/commands/measuring_flags.hpp"
#include "bench/commands/parser.hpp"
#include "bench/text/quantities.hpp"
#include "collectives/gradient_sync/gradient_sync.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/commands/refusal.hpp"

namespace lanemark {
namespace {

TEST(CommandLine, AListHasEachValueOnceUnlessItsOrderMeansSomething) {
  std::string modes = "bandwidth";
  for (int i = 0; i < 3000; ++i) modes += ",latency";
  const MeasuringLine line = parse_measuring_line({"run", "collectives", "training", "--mode", modes, "--ranks=1,3,1,3",
                                                   "--backend", "mpi,mpi", "--backend", "composed,mpi", "--op=sum,sum",
                                                   "--bucket-cap=1MiB,25MiB,1MiB,1MiB"});
  EXPECT_EQ(line.options.ranks, (std::vector<int>{1, 3}));
  EXPECT_EQ(line.options.backends, (std::vector<std::string>{"mpi", "composed"}));
  const auto values_of = [&](std::string_view flag) {
    return std::ranges::find(line.given, flag, &GivenFlag::name)->values;
  };
  EXPECT_EQ(values_of("--mode"), std::vector<std::string>{"bandwidth,latency"});
  EXPECT_EQ(values_of("--op"), std::vector<std::string>{"sum"});
  EXPECT_EQ(values_of("--bucket-cap"), std::vector<std::string>{"1MiB,25MiB,1MiB,1MiB"});
}

TEST(CommandLine, readsSizesRanksAndBackends) {
  const MeasuringLine line = parse_measuring_line(
      {"run", "collectives", "--ranks", "1,3", "--backend", "mpi,composed", "-b", "8", "-e", "1GiB", "-f", "2"});
  EXPECT_EQ(line.purpose, Purpose::run);
  EXPECT_EQ(line.options.suites, std::vector<std::string>{"collectives"});
  EXPECT_EQ(line.options.ranks, (std::vector<int>{1, 3}));
  EXPECT_EQ(line.options.backends, (std::vector<std::string>{"mpi", "composed"}));
  EXPECT_EQ(line.options.largest, "1GiB");
  EXPECT_EQ(line.options.factor, 2);
}

TEST(CommandLine, refusesWhatItCannotHonour) {
  EXPECT_NE(refusal({}), "");
  EXPECT_NE(refusal({"measure"}), "");
  EXPECT_NE(refusal({"run"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--no-such-flag"}).find("no-such-flag"), std::string::npos);
  EXPECT_NE(refusal({"run", "nothing"}).find("collectives"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--min-time", "0"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--min-samples", "0"}), "");
  for (const char* value : {"-1", "nan", "inf", "-inf"}) {
    EXPECT_NE(refusal({"run", "collectives", "--timeout", value}), "") << value;
    EXPECT_NE(refusal({"doctor", "--timeout", value}), "") << value;
    EXPECT_NE(refusal({"run", "collectives", "--min-time", value}), "") << value;
  }
  EXPECT_NE(refusal({"run", "collectives", "--seed", "-1"}).find("--seed"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--seed=-1"}).find("--seed"), std::string::npos);
  EXPECT_NE(refusal({"quick", "--np", "0"}).find("at least 1"), std::string::npos);
  EXPECT_NE(refusal({"quick", "--np", "-2"}).find("at least 1"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--factor", "-2"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--progress", "perhaps"}), "");
  EXPECT_NE(refusal({"run", "collectives", "--results", ""}), "");
  EXPECT_NE(refusal({"report"}), "");
}

TEST(CommandLine, readsSharesAndDurations) {
  EXPECT_DOUBLE_EQ(parse_share("1%"), 0.01);
  EXPECT_DOUBLE_EQ(parse_share("0.25"), 0.25);
  for (const char* text : {"", "%", "0", "-1%", "101%", "1.5", "1%%", "one", "nan", "1 %"}) {
    EXPECT_THROW(parse_share(text), UsageError) << text;
  }
  EXPECT_EQ(parse_duration("60s"), Seconds{60});
  EXPECT_EQ(parse_duration("2min"), Seconds{120});
  EXPECT_EQ(parse_duration("500ms"), Seconds{0.5});
  EXPECT_EQ(parse_duration("1h"), Seconds{3600});
  EXPECT_EQ(parse_duration("1.5"), Seconds{1.5});
  for (const char* text : {"", "s", "0s", "-1s", "1d", "inf", "nan", "1 s"}) {
    EXPECT_THROW(parse_duration(text), UsageError) << text;
  }
}

TEST(CommandLine, readsHowLongToMeasure) {
  const MeasuringOptions options =
      parse_measuring_line({"run", "collectives", "-n", "20", "-w", "5", "--precision", "2%", "--time-budget", "1min"})
          .options;
  EXPECT_EQ(options.iterations, 20);
  EXPECT_EQ(options.warm_up, 5);
  EXPECT_EQ(options.precision, "2%");
  EXPECT_EQ(options.time_budget, "1min");
  EXPECT_THROW(parse_measuring_line({"run", "collectives", "--precision", "none"}), UsageError);
  EXPECT_THROW(parse_measuring_line({"run", "collectives", "--time-budget", "0"}), UsageError);
  EXPECT_THROW(parse_measuring_line({"run", "collectives", "-n=-1"}), UsageError);
}

TEST(CommandLine, readsByHowMuchTestsSlowDown) {
  EXPECT_EQ(parse_measuring_line({"run", "collectives"}).options.slow_down, "");
  EXPECT_EQ(parse_measuring_line({"run", "collectives", "--slow-down", "20%"}).options.slow_down, "20%");
  for (const char* text : {"--slow-down=0", "--slow-down=-20%", "--slow-down=101%", "--slow-down=a lot"}) {
    EXPECT_NE(refusal({"run", "collectives", text}).find("--slow-down"), std::string::npos) << text;
  }
}

TEST(CommandLine, helpAndVersionAreShownNotRun) {
  EXPECT_THROW(parse_command_line({"--help"}), ShowText);
  EXPECT_THROW(parse_command_line({"run", "--help"}), ShowText);
  EXPECT_THROW(parse_command_line({"--version"}), ShowText);
}

TEST(GoogleBenchmarkFlags, areTakenOutAndUnderstood) {
  std::vector<std::string> arguments{"run", "--benchmark_filter=all_reduce", "--benchmark_repetitions=3", "x",
                                     "--benchmark_list_tests"};
  const GoogleBenchmarkFlags flags = take_google_benchmark_flags(arguments);
  EXPECT_EQ(arguments, (std::vector<std::string>{"run", "x"}));
  EXPECT_EQ(flags.filter, "all_reduce");
  EXPECT_TRUE(flags.list);
  EXPECT_EQ(flags.reports.repetitions, 3);
  ASSERT_EQ(flags.given.size(), 2U) << "the filter is our own";
  EXPECT_EQ(flags.given.back().name, "--benchmark_repetitions");
  EXPECT_EQ(flags.given.back().use, FlagUse::measurement);
}

TEST(GoogleBenchmarkFlags, refuseWhatWouldHangRanks) {
  EXPECT_NE(refusal({"run", "collectives", "--benchmark_enable_random_interleaving=true"}).find("order"),
            std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--benchmark_min_time=1"}).find("--min-time"), std::string::npos);
  EXPECT_EQ(refusal({"run", "collectives", "--benchmark_enable_random_interleaving=false"}), "");
}

TEST(Registries, holdWhatUsersAskFor) {
  std::vector<std::string_view> suites;
  for (const SuiteEntry* one : Registry<SuiteEntry>::all()) suites.push_back(one->name);
  EXPECT_EQ(suites, (std::vector<std::string_view>{"collectives", "kernels", "training", "transfers"}));
  EXPECT_NE(Registry<SyncStrategy>::find("bucketed"), nullptr);
  EXPECT_NE(Registry<SyncStrategy>::find("data_parallel"), nullptr);
}

}  // namespace
}  // namespace lanemark
