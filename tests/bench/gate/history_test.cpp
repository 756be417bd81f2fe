// SPDX-License-Identifier: MIT

#include "bench/gate/history.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "bench/commands/history.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/record/json.hpp"
#include "bench/record/store.hpp"
#include "bench/report/history.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/report/examples.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

HistoryInput input(std::string commit, int hour, double value, std::string case_name = "a case") {
  return {.launch = fmt::format("{}-{:02}", commit, hour),
          .started = fmt::format("2026-01-31T{:02}:00:00Z", hour),
          .commit = std::move(commit),
          .fingerprint_id = "machine",
          .name = std::move(case_name),
          .metric = &metric("time"),
          .value = value};
}

/// Launches of one commit after another, each a little off its commit's time.
std::vector<HistoryInput> commits(const std::vector<std::pair<std::string, double>>& times, int launches = 5) {
  std::vector<HistoryInput> all;
  int hour = 0;
  for (const auto& [commit, time] : times) {
    for (int i = 0; i < launches; ++i, ++hour) all.push_back(input(commit, hour, time * (1 + 0.001 * (i % 3))));
  }
  return all;
}

TEST(History, APointIsACommitWithTheMedianAndRangeOfItsLaunches) {
  const auto all =
      histories({input("b", 5, 7), input("a", 1, 3), input("a", 3, 1), input("a", 2, 2), input("b", 4, 5)});
  ASSERT_EQ(all.size(), 1U);
  const Series& series = all[0];
  ASSERT_EQ(series.points.size(), 2U);
  EXPECT_EQ(series.points[0].commit, "a");
  EXPECT_EQ(series.points[0].started, "2026-01-31T01:00:00Z");
  EXPECT_EQ(series.points[0].launches, 3U);
  EXPECT_EQ(series.points[0].median, 2);
  EXPECT_EQ(series.points[0].lowest, 1);
  EXPECT_EQ(series.points[0].highest, 3);
  EXPECT_EQ(series.points[1].median, 6);
  EXPECT_EQ(series.values, (std::vector<double>{3, 2, 1, 5, 7}));
  EXPECT_TRUE(series.changes.empty());
}

TEST(History, CommitsStandInTheOrderOfTheirFirstLaunchAndTogether) {
  // As of two builds that were measured in turn.
  const auto all = histories({input("z", 1, 1), input("a", 2, 10), input("z", 3, 2), input("a", 4, 20)});
  EXPECT_EQ(all.at(0).points.at(0).commit, "z");
  EXPECT_EQ(all.at(0).values, (std::vector<double>{1, 2, 10, 20}));
}

TEST(History, MachinesCasesAndMetricsHaveTheirOwnSeries) {
  std::vector<HistoryInput> all{input("a", 1, 1), input("a", 1, 2, "b case"), input("a", 1, 3), input("a", 1, 4)};
  all[2].fingerprint_id = "other";
  all[3].metric = &metric("busbw");
  const auto series = histories(all);
  ASSERT_EQ(series.size(), 4U);
  EXPECT_EQ(series[0].metric->name, "busbw");
  EXPECT_EQ(series[1].values, (std::vector<double>{1}));
  EXPECT_EQ(series[2].name, "b case");
  EXPECT_EQ(series[3].fingerprint_id, "other");
}

TEST(History, ALaunchThatComesTwiceCountsOnce) {
  const auto all = histories({input("a", 1, 1), input("a", 2, 3), input("a", 1, 1), input("a", 1, 1)});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].values, (std::vector<double>{1, 3}));
}

TEST(History, AChangeLiesBetweenTheCommitsWhereItCame) {
  std::vector<HistoryInput> all = commits({{"c1", 10e-6}, {"c2", 10e-6}, {"c3", 10.83e-6}, {"c4", 10.83e-6}});
  std::ranges::shuffle(all, std::mt19937{7});  // files come in any order
  const auto series = histories(all);
  ASSERT_EQ(series.at(0).changes.size(), 1U);
  const HistoryChange& change = series[0].changes[0];
  EXPECT_EQ(change.launch, 10U);
  EXPECT_EQ(series[0].points[change.before].commit, "c2");
  EXPECT_EQ(series[0].points[change.after].commit, "c3");
  EXPECT_NEAR(change.change, 0.083, 1e-3);
  EXPECT_LE(change.p, 0.05);
  EXPECT_TRUE(contains(history_text(series), fmt::format("between c2 and c3: +8.3 % (p {:.3g}), worse", change.p)))
      << history_text(series);
}

TEST(History, EachChangeIsMeasuredAgainstTheStretchBeforeIt) {
  const auto series = histories(commits({{"c1", 10}, {"c2", 20}, {"c3", 10}}, 10));
  ASSERT_EQ(series.at(0).changes.size(), 2U);
  EXPECT_NEAR(series[0].changes[0].change, 1, 0.01);
  EXPECT_NEAR(series[0].changes[1].change, -0.5, 0.01);
  EXPECT_TRUE(contains(history_text(series), "between c2 and c3: -50.0 %"));
}

TEST(History, AChangeWithinACommitIsTheMachines) {
  std::vector<HistoryInput> all = commits({{"c1", 10}, {"c2", 12}}, 10);
  for (HistoryInput& one : all) one.commit = "c1";
  const auto series = histories(all);
  ASSERT_EQ(series.at(0).changes.size(), 1U);
  EXPECT_EQ(series[0].changes[0].before, series[0].changes[0].after);
  EXPECT_TRUE(contains(history_text(series), "within c1: the machine changed, not the program: +20.0 %"));
}

TEST(History, LaunchesOfNoKnownBuildAreEachABuildOfTheirOwn) {
  for (const std::string commit : {"unknown", "c1-dirty"}) {
    std::vector<HistoryInput> all = commits({{"c1", 10}, {"c2", 12}}, 10);
    for (HistoryInput& one : all) one.commit = commit;
    const auto series = histories(all);
    ASSERT_EQ(series.at(0).points.size(), 20U);
    EXPECT_TRUE(std::ranges::all_of(series[0].points, [](const HistoryPoint& one) { return one.launches == 1; }));
    EXPECT_TRUE(std::ranges::is_sorted(series[0].points, {}, &HistoryPoint::started));
    ASSERT_EQ(series[0].changes.size(), 1U);
    const HistoryChange& change = series[0].changes[0];
    EXPECT_EQ(change.before + 1, change.after) << "nothing says that the program did not change";
    EXPECT_TRUE(contains(history_text(series),
                         "between " + commit + " (" + series[0].points[change.before].started + ") and " + commit))
        << history_text(series);
  }
}

TEST(History, LaunchesOfNoKnownBuildStandByTheirTime) {
  std::vector<HistoryInput> all{input("c1", 1, 10), input("unknown", 2, 10), input("c2", 3, 10),
                                input("unknown", 4, 10), input("c1", 5, 10)};
  const std::vector<Series> series = histories(all);
  std::vector<std::string> order;
  for (const HistoryPoint& one : series.at(0).points) order.push_back(one.commit);
  EXPECT_EQ(order, (std::vector<std::string>{"c1", "unknown", "c2", "unknown"}));
}

// The last launch of c2 happens to be as slow as c3.
TEST(History, AChangeThatNoiseMovedIntoACommitIsNotTheMachines) {
  for (const bool late : {false, true}) {
    std::vector<HistoryInput> all = commits({{"c1", 10}, {"c2", 10}, {"c3", 12}, {"c4", 12}}, 10);
    all[late ? 20 : 19].value = late ? 10 : 12;
    const auto series = histories(all);
    ASSERT_EQ(series.at(0).changes.size(), 1U);
    const HistoryChange& change = series[0].changes[0];
    EXPECT_EQ(change.launch, late ? 21U : 19U);
    EXPECT_EQ(series[0].points[change.before].commit, "c2");
    EXPECT_EQ(series[0].points[change.after].commit, "c3");
    EXPECT_TRUE(contains(history_text(series), "about between c2 and c3: +20.")) << history_text(series);
  }
}

TEST(History, BetterAndWorseGoTheMetricsWay) {
  std::vector<HistoryInput> all = commits({{"c1", 100e9}, {"c2", 120e9}});
  for (HistoryInput& one : all) one.metric = &metric("busbw");
  EXPECT_TRUE(contains(history_text(histories(all)), "+20.0 %"));
  EXPECT_TRUE(contains(history_text(histories(all)), ", better"));
  EXPECT_TRUE(contains(history_text(histories(commits({{"c1", 12}, {"c2", 10}}))), ", better"));
}

TEST(History, NoiseAndFewLaunchesHaveNoChange) {
  EXPECT_TRUE(histories(commits({{"c1", 10}, {"c2", 10}, {"c3", 10}, {"c4", 10}})).at(0).changes.empty());
  EXPECT_TRUE(histories(commits({{"c1", 10}, {"c2", 20}}, 4)).at(0).changes.empty());
  EXPECT_TRUE(histories({}).empty());
}

TEST(History, TheTableShowsTheCourseAtAGlance) {
  const std::string text = history_text(histories({input("a", 1, 1e-3), input("b", 2, 2e-3), input("c", 3, 3e-3)}));
  EXPECT_TRUE(contains(text, "▁▅█ from 1.000 ms to 3.000 ms")) << text;
  EXPECT_TRUE(contains(text, "a case: time on machine machine"));
  EXPECT_TRUE(contains(text, "2026-01-31T02:00:00Z"));
  EXPECT_TRUE(contains(history_text(histories({input("a", 1, 0)})), "from 0 ns to 0 ns"));
}

TEST(History, CsvFollowsTheStandard) {
  std::vector<HistoryInput> all = commits({{"c1", 10}, {"c2", 20}});
  all[0].name = all[1].name;
  for (HistoryInput& one : all) {
    one.name = "pair \"0>1\", odd";
    one.fingerprint_id = "line\nbreak";
    one.value = one.value > 15 ? 20.25 : 0.1;
  }
  const auto series = histories(all);
  ASSERT_EQ(series.at(0).changes.size(), 1U);
  EXPECT_EQ(
      history_csv(series),
      "fingerprint,case,metric,unit,commit,started,launches,median,lowest,highest,segment,change,p\r\n"
      "\"line\nbreak\",\"pair \"\"0>1\"\", odd\",time,s,c1,2026-01-31T00:00:00Z,5,0.1,0.1,0.1,0,,\r\n" +
          fmt::format("\"line\nbreak\",\"pair \"\"0>1\"\", odd\",time,s,c2,2026-01-31T05:00:00Z,5,20.25,20.25,20.25,1,"
                      "{},{}\r\n",
                      20.25 / 0.1 - 1, series[0].changes[0].p));
}

TEST(History, InputsAreALaunchsCasesThatMatchWithTheMedianOfRepetitions) {
  Launch launch;
  launch.header.launch = "0123";
  launch.header.started = "2026-01-31T09:30:00Z";
  launch.header.fingerprint_id = "machine";
  launch.header.versions = {{"commit", "1a2b3c"}};
  for (const double time : {1.0, 5.0, 2.0}) {
    Measurement m;
    m.what.operation = "copy";
    m.samples = {Seconds{time}};
    launch.measurements.push_back(m);
  }
  launch.measurements.push_back(launch.measurements[0]);
  launch.measurements.back().what.operation = "other";
  launch.measurements.push_back(launch.measurements[0]);
  launch.measurements.back().verdict.kind = Verdict::Kind::wrong;
  const auto inputs = history_inputs(launch, metric("time"), CaseFilter{"^copy"});
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_EQ(inputs[0].value, 2);
  EXPECT_EQ(inputs[0].commit, "1a2b3c");
  EXPECT_EQ(inputs[0].launch, "0123");
  EXPECT_EQ(inputs[0].fingerprint_id, "machine");
  EXPECT_EQ(history_inputs(launch, metric("time"), CaseFilter{""}).size(), 2U);
  EXPECT_TRUE(history_inputs(launch, metric("busbw"), CaseFilter{""}).empty());
  launch.header.versions.clear();
  EXPECT_EQ(history_inputs(launch, metric("time"), CaseFilter{"copy"}).at(0).commit, "unknown");
}

std::vector<std::string> kept_records() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator{std::filesystem::path{LANEMARK_SOURCE_DIR} /
                                                               "results/h200-x4/all_reduce_cold"}) {
    files.push_back(entry.path().string());
  }
  return files;
}

TEST(History, TheCommandReadsRecordsAndWritesCsv) {
  const TemporaryFolder folder;
  HistoryOptions options{
      .files = kept_records(), .cases = "/1GiB/", .metric = "busbw", .csv = (folder.path() / "history.csv").string()};
  // A launch that was cut off does not count.
  std::ifstream first{options.files.at(0)};
  std::string header;
  std::getline(first, header);
  options.files.push_back((folder.path() / "cut.jsonl").string());
  std::ofstream{options.files.back()} << header << '\n';
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(history_command(options), ExitCode::ok);
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_TRUE(contains(testing::internal::GetCapturedStderr(), "cut.jsonl is left out: cut off"));
  EXPECT_TRUE(contains(text, "all_reduce/nccl/float/1GiB/bandwidth/ranks:4: busbw")) << text;
  EXPECT_TRUE(contains(text, "f574cb525216"));
  EXPECT_TRUE(contains(text, "GB/s"));
  std::ifstream csv{options.csv, std::ios::binary};
  const std::string table{std::istreambuf_iterator<char>{csv}, {}};
  EXPECT_EQ(std::ranges::count(table, '\n'), 2);
  EXPECT_TRUE(contains(table, ",f574cb525216,2026-11-20T23:42:12Z,3,35")) << table;
}

TEST(History, MistakesAreRefusedBeforeAFileIsRead) {
  const auto refused = [](HistoryOptions options) {
    options.files = {"no_such_file"};
    try {
      history_command(options);
    } catch (const UsageError& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  EXPECT_TRUE(contains(refused({.files = {}, .cases = "("}), "regular expression"));
  EXPECT_TRUE(contains(refused({.files = {}, .cases = "", .metric = "speed"}), "busbw"));
  EXPECT_TRUE(contains(refused({.files = {}, .cases = "", .metric = "time", .csv = "", .alpha = 0}), "--alpha"));
  EXPECT_TRUE(contains(refused({.files = {}, .cases = "", .metric = "time", .csv = "", .alpha = 1}), "--alpha"));
  EXPECT_TRUE(contains(refused({}), "no_such_file"));
  EXPECT_THROW(history_command({.files = kept_records(), .cases = "nothing_is_called_this"}), UsageError);
  testing::internal::CaptureStdout();
  const std::string within_a_file = kept_records().front() + "/history.csv";
  EXPECT_THROW(history_command({.files = kept_records(), .cases = "/8B/", .metric = "time", .csv = within_a_file}),
               UsageError);
  testing::internal::GetCapturedStdout();
}

}  // namespace
}  // namespace lanemark
