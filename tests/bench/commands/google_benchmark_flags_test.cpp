// SPDX-License-Identifier: MIT

// Google Benchmark's flags: what would do nothing here, or something else than it says, is refused.

#include <gtest/gtest.h>

#include <cstdlib>

#include "bench/commands/command.hpp"
#include "bench/commands/measuring_flags.hpp"
#include "bench/commands/parser.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/commands/refusal.hpp"

namespace lanemark {
namespace {

std::string refused_flag(const std::string& flag) { return refusal({"run", "collectives", flag}); }

TEST(FlagsOfGoogleBenchmark, ThatDoNothingHereAreRefused) {
  for (const char* flag : {"--benchmark_min_warmup_time=1", "--benchmark_dry_run", "--benchmark_time_unit=ms",
                           "--benchmark_perf_counters=CYCLES", "--benchmark_help", "--benchmark_no_such_flag=1"}) {
    const std::string said = refused_flag(flag);
    EXPECT_NE(said.find(std::string{flag}.substr(0, std::string{flag}.find('='))), std::string::npos) << flag << said;
  }
  EXPECT_EQ(refused_flag("--benchmark_repetitions=3"), "");
  for (const char* flag : {"--benchmark_report_aggregates_only=true", "--benchmark_counters_tabular=true",
                           "--benchmark_color=no", "--benchmark_context=a=b"}) {
    EXPECT_NE(refused_flag(flag).find("there are none without --benchmark_out"), std::string::npos) << flag;
    EXPECT_EQ(refusal({"run", "collectives", flag, "--benchmark_out=file"}), "") << flag;
    EXPECT_EQ(refusal({"run", "collectives", flag, "--benchmark_format=json"}), "") << flag;
  }
}

TEST(FlagsOfGoogleBenchmark, AreNoReportOfAList) {
  EXPECT_NE(refusal({"list", "--benchmark_out=file"}).find("a list is no report"), std::string::npos);
  EXPECT_NE(refusal({"list", "--benchmark_format=json"}).find("a list is no report"), std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--benchmark_list_tests", "--benchmark_out=file"}), "");
}

TEST(FlagsOfGoogleBenchmark, AreNotTakenFromTheEnvironment) {
  for (const char* variable :
       {"BENCHMARK_OUT", "BENCHMARK_OUT_FORMAT", "BENCHMARK_FORMAT", "BENCHMARK_FILTER", "BENCHMARK_LIST_TESTS"}) {
    ::setenv(variable, "true", 1);
    EXPECT_NE(refusal({"run", "collectives"}).find(variable), std::string::npos) << variable;
    ::setenv(variable, "", 1);
    EXPECT_EQ(refusal({"run", "collectives"}), "") << variable;
    ::unsetenv(variable);
  }
}

TEST(FlagsOfGoogleBenchmark, HaveWholeNumbersOfRepetitions) {
  for (const char* value : {"-1", "0", "two", "", "0x2", "99999999999", "1.5"}) {
    EXPECT_NE(refused_flag(std::string{"--benchmark_repetitions="} + value), "") << value;
    ::setenv("BENCHMARK_REPETITIONS", value, 1);
    EXPECT_NE(refusal({"run", "collectives"}).find("BENCHMARK_REPETITIONS"), std::string::npos) << value;
    EXPECT_EQ(refusal({"gate", "run"}), "") << "which does not heed it";
    EXPECT_EQ(refused_flag("--benchmark_repetitions=2"), "") << "which goes before it";
    ::unsetenv("BENCHMARK_REPETITIONS");
  }
  ::setenv("BENCHMARK_REPETITIONS", "3", 1);
  EXPECT_EQ(heeding_environment({}).reports.repetitions, 3);
  EXPECT_EQ(parse_measuring_line({"run", "collectives"}).options.google_benchmark.reports.repetitions, 1)
      << "a record's command says what it says wherever it is read";
  ::unsetenv("BENCHMARK_REPETITIONS");
}

TEST(FlagsOfGoogleBenchmark, HaveValuesThatTheyCanHave) {
  for (const char* flag :
       {"--benchmark_out", "--benchmark_out=", "--benchmark_out_format=xml", "--benchmark_format=xml",
        "--benchmark_list_tests=perhaps", "--benchmark_filter", "--benchmark_repetitions"}) {
    EXPECT_NE(refused_flag(flag), "") << flag;
  }
  for (const char* flag :
       {"--benchmark_color=blue", "--benchmark_context=key", "--benchmark_context==value", "--benchmark_context",
        "--benchmark_counters_tabular=2", "--benchmark_report_aggregates_only=yess"}) {
    EXPECT_NE(refusal({"run", "collectives", flag, "--benchmark_out=file"}), "") << flag;
  }
  const auto reports = parse_measuring_line({"run", "collectives", "--benchmark_format=console", "--benchmark_color",
                                             "--benchmark_context=a=b,c=d=e",
                                             "--benchmark_context=f=", "--benchmark_display_aggregates_only=false"})
                           .options.google_benchmark.reports;
  EXPECT_EQ(reports.color, "yes");
  EXPECT_FALSE(reports.display_aggregates_only);
  EXPECT_EQ(reports.context, (std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"c", "d=e"}, {"f", ""}}));
}

TEST(FlagsOfGoogleBenchmark, AreGivenOnceAndNotBesideOurs) {
  EXPECT_NE(refusal({"run", "collectives", "--benchmark_filter=a", "--benchmark_filter=b"}).find("twice"),
            std::string::npos);
  EXPECT_NE(refusal({"run", "collectives", "--benchmark_filter=a", "--filter", "b"}).find("--filter"),
            std::string::npos);
  EXPECT_NE(refused_flag("--benchmark_out_format=csv").find("--benchmark_out"), std::string::npos);
  EXPECT_EQ(refusal({"run", "collectives", "--benchmark_out_format=csv", "--benchmark_out=file"}), "");
}

TEST(FlagsOfGoogleBenchmark, AreNotForCommandsThatMeasureNothing) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"gate", "run"}, {"compare", "a", "b"}, {"doctor"}, {"history", "a"}, {"report", "a"}, {"calibrate", "a"}}) {
    std::vector<std::string> words = command;
    words.emplace_back("--benchmark_filter=x");
    EXPECT_NE(refusal(words).find("--benchmark_filter"), std::string::npos) << command.front();
  }
}

TEST(FlagsOfGoogleBenchmark, AreNotGivenByTheEnvironmentEither) {
  ::setenv("BENCHMARK_MIN_WARMUP_TIME", "1", 1);
  EXPECT_NE(refusal({"run", "collectives"}).find("BENCHMARK_MIN_WARMUP_TIME"), std::string::npos);
  EXPECT_EQ(refusal({"gate", "run"}), "") << "which does not start it";
  ::unsetenv("BENCHMARK_MIN_WARMUP_TIME");
  EXPECT_EQ(refusal({"run", "collectives"}), "");
}

}  // namespace
}  // namespace lanemark
