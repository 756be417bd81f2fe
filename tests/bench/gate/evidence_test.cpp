// SPDX-License-Identifier: MIT

#include "bench/gate/evidence.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/core/error.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

using Values = std::vector<std::optional<double>>;

const Metric* const only_time[] = {&metric("time")};

std::string usage_error_of(const std::vector<fs::path>& files) {
  try {
    gather_evidence(files, only_time);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

Measurement repeated(double seconds, int repetition) {
  Measurement m = measurement_of(all_reduce_case(), seconds);
  m.repetition = repetition;
  return m;
}

Measurement wrong(double seconds, std::string detail) {
  Measurement m = measurement_of(all_reduce_case(), seconds);
  m.verdict = {.kind = Verdict::Kind::wrong, .detail = std::move(detail)};
  return m;
}

TEST(Evidence, RepetitionsCountWithTheirMedian) {
  const TemporaryFolder folder;
  const std::vector<fs::path> files{
      written(folder.path(),
              {.launch = launch_id("odd"), .measurements = {repeated(5, 0), repeated(1, 1), repeated(2, 2)}}),
      written(folder.path(), {.launch = launch_id("even"),
                              .measurements = {repeated(8, 0), repeated(1, 1), repeated(2, 2), repeated(3, 3)}})};
  const std::vector<Evidence> all = gather_evidence(files, only_time);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].values.at("time").at(name(all_reduce_case())).by_launch, (Values{2.0, 2.5}));
  EXPECT_EQ(all[0].cases.at(name(all_reduce_case())), all_reduce_case());
}

TEST(Evidence, LaunchesThatDoNotCountAreNamedAndHaveNoValues) {
  const TemporaryFolder folder;
  const std::vector<Measurement> one{measurement_of(all_reduce_case(), 1)};
  const std::vector<fs::path> files{
      written(folder.path(), {.launch = launch_id("sound"), .measurements = one}),
      written(folder.path(), {.launch = launch_id("tainted"), .measurements = one, .taints = {"throttled", "shared"}}),
      written(folder.path(), {.launch = launch_id("cut"), .measurements = one, .cut_off = true})};
  const std::vector<Evidence> all = gather_evidence(files, only_time);
  ASSERT_EQ(all.size(), 1U);
  ASSERT_EQ(all[0].launches.size(), 3U);
  EXPECT_EQ(all[0].counted(), 1U);
  EXPECT_EQ(all[0].launches[0].excluded, "");
  EXPECT_EQ(all[0].launches[1].excluded, "tainted: throttled; shared");
  EXPECT_TRUE(contains(all[0].launches[2].excluded, "cut off")) << all[0].launches[2].excluded;
  EXPECT_EQ(all[0].launches[2].file, files[2].string());
  const CaseValues& values = all[0].values.at("time").at(name(all_reduce_case()));
  EXPECT_EQ(values.by_launch.at(0), 1.0);
  EXPECT_EQ(values.values(), std::vector{1.0});
}

TEST(Evidence, LaunchesThatMeasuredNothingDoNotCountUnlessDataWasWrong) {
  const TemporaryFolder folder;
  Measurement skipped = measurement_of(all_reduce_case(), 1);
  skipped.samples.clear();
  skipped.slowest_rank.clear();
  skipped.skipped = "not enough memory";
  const std::vector<fs::path> files{
      written(folder.path(),
              {.launch = launch_id("sound"), .measurements = {skipped, measurement_of(all_reduce_case(2048), 1)}}),
      written(folder.path(), {.launch = launch_id("skipped"), .measurements = {skipped}}),
      written(folder.path(), {.launch = launch_id("empty")}),
      written(folder.path(), {.launch = launch_id("wrong"), .measurements = {wrong(1, "an element")}})};
  std::vector<Evidence> all = gather_evidence(files, only_time);
  ASSERT_EQ(all.size(), 1U);
  ASSERT_EQ(all[0].launches.size(), 4U);
  EXPECT_EQ(all[0].counted(), 4U) << "until it is asked for";
  exclude_empty(all[0]);
  EXPECT_EQ(all[0].counted(), 2U);
  EXPECT_EQ(all[0].launches[0].excluded, "");
  for (const std::size_t nothing : {1U, 2U}) {
    EXPECT_EQ(all[0].launches[nothing].excluded, nothing_in_it);
  }
  EXPECT_EQ(all[0].launches[3].excluded, "");
  EXPECT_EQ(all[0].values.at("time").at(name(all_reduce_case())).wrong.size(), 1U);
}

TEST(Evidence, ALaunchThatLostALineIsRefused) {
  const TemporaryFolder folder;
  LaunchByHand launch{.measurements = {repeated(1, 0), repeated(2, 1)}};
  const fs::path path = written(folder.path(), launch);
  std::ifstream file{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::ofstream{path, std::ios::trunc} << lines[0] << '\n' << lines[1] << '\n' << lines[3] << '\n';
  EXPECT_TRUE(contains(usage_error_of({path}), ":3: field 'measurements' is 2, and there are 1"));
}

TEST(Evidence, WrongDataCountsWhereverItIsFound) {
  const TemporaryFolder folder;
  Measurement later = wrong(1, "once");
  later.repetition = 1;
  const std::vector<fs::path> files{
      written(folder.path(), {.launch = launch_id("sound"), .measurements = {repeated(1, 0)}}),
      written(folder.path(),
              {.launch = launch_id("cut"), .measurements = {wrong(1, "3 wrong elements")}, .cut_off = true}),
      written(folder.path(), {.launch = launch_id("tainted"), .measurements = {wrong(1, "")}, .taints = {"throttled"}}),
      written(folder.path(), {.launch = launch_id("partly"), .measurements = {repeated(1, 0), later}})};
  const std::vector<Evidence> all = gather_evidence(files, only_time);
  const CaseValues& values = all.at(0).values.at("time").at(name(all_reduce_case()));
  EXPECT_EQ(values.wrong, (std::vector<std::string>{"launch " + launch_id("cut") + ": 3 wrong elements",
                                                    "launch " + launch_id("tainted") + ": wrong data",
                                                    "launch " + launch_id("partly") + ": once"}));
  EXPECT_EQ(values.values(), std::vector{1.0}) << "a launch with wrong data has no speed, even of its right repetition";
}

TEST(Evidence, EachKindOfMachineIsByItself) {
  const TemporaryFolder folder;
  const std::vector<fs::path> files{
      written(folder.path(),
              {.launch = launch_id("a"), .started = "2026-01-03T00:00:00Z", .measurements = {repeated(1, 0)}}),
      written(folder.path(), {.launch = launch_id("b"),
                              .started = "2026-01-02T00:00:00Z",
                              .measurements = {repeated(2, 0)},
                              .fingerprint = a_host()}),
      written(folder.path(),
              {.launch = launch_id("c"), .started = "2026-01-01T00:00:00Z", .measurements = {repeated(3, 0)}})};
  const std::vector<Evidence> all = gather_evidence(files, only_time);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].fingerprint, four_gpus());
  EXPECT_EQ(all[0].fingerprint_id, id(four_gpus()));
  EXPECT_EQ(all[1].fingerprint, a_host());
  EXPECT_EQ(all[0].values.at("time").at(name(all_reduce_case())).by_launch, (Values{3.0, 1.0}))
      << "in the order of their start";
  EXPECT_EQ(all[0].launches.front().launch, launch_id("c"));
  EXPECT_EQ(all[1].values.at("time").at(name(all_reduce_case())).by_launch, Values{2.0});
}

TEST(Evidence, ALaunchGivenTwiceIsRefused) {
  const TemporaryFolder folder;
  const fs::path path = written(folder.path(), {.measurements = {repeated(1, 0)}});
  const fs::path copy = folder.path() / "copy.jsonl";
  fs::copy_file(path, copy);
  EXPECT_TRUE(contains(usage_error_of({path, copy}), "0123456789abcdef is given twice"));
  EXPECT_TRUE(contains(usage_error_of({path, copy}), copy.string()));
  EXPECT_EQ(usage_error_of({path}), "");
}

TEST(Evidence, WhatIsNoRecordIsRefusedByName) {
  const TemporaryFolder folder;
  EXPECT_TRUE(contains(usage_error_of({folder.path() / "none.jsonl"}), "none.jsonl"));
  const fs::path sound = written(folder.path(), {.measurements = {repeated(1, 0)}});
  const fs::path other = folder.path() / "other.jsonl";
  std::ofstream{other} << "not a record\n";
  try {
    gather_evidence(std::vector{sound, other}, only_time);
    FAIL() << "a broken file among sound ones must be said";
  } catch (const Error& error) {
    EXPECT_TRUE(contains(error.what(), "other.jsonl")) << error.what();
  }
}

TEST(Evidence, SkippedCasesHaveNoValueAndSayWhy) {
  const TemporaryFolder folder;
  Measurement skipped = measurement_of(all_reduce_case(), 1);
  skipped.samples.clear();
  skipped.slowest_rank.clear();
  skipped.skipped = "did not fit";
  const std::vector<fs::path> files{written(folder.path(), {.measurements = {skipped}})};
  const Evidence evidence = gather_evidence(files, only_time).at(0);
  EXPECT_EQ(evidence.counted(), 1U);
  EXPECT_EQ(evidence.values.at("time").at(name(all_reduce_case())).by_launch, Values{std::nullopt});
  EXPECT_EQ(evidence.values.at("time").at(name(all_reduce_case())).skipped, "did not fit");
}

TEST(Evidence, ALaunchThatDidNotEndIsExcludedAndOneThatNeverBeganIsNotThere) {
  const TemporaryFolder folder;
  const fs::path whole = written(folder.path(), {.measurements = {repeated(1, 0)}});
  std::string text{std::istreambuf_iterator<char>{std::ifstream{whole}.rdbuf()}, {}};
  fs::remove(whole);
  text.erase(text.rfind('\n', text.size() - 2) + 1);  // the footer
  std::ofstream{folder.path() / "died.jsonl.partial"} << text;
  std::ofstream{folder.path() / "unborn.jsonl.partial"} << text.substr(0, 20);
  const std::vector<Evidence> all = gather_evidence(record_files({folder.path().string()}), only_time);
  ASSERT_EQ(all.size(), 1U);
  ASSERT_EQ(all.front().launches.size(), 1U);
  EXPECT_FALSE(all.front().launches.front().counts());
  EXPECT_THROW(gather_evidence(std::vector<fs::path>{folder.path() / "none.jsonl"}, only_time), UsageError);
}

TEST(Evidence, SeveralMetricsOfOneReading) {
  const TemporaryFolder folder;
  const std::vector<fs::path> files{written(folder.path(), {.measurements = {repeated(0.5, 0)}})};
  const Metric* const both[] = {&metric("time"), &metric("algbw"), &metric("peak_memory")};
  const Evidence evidence = gather_evidence(files, both).at(0);
  EXPECT_EQ(evidence.values.at("time").at(name(all_reduce_case())).by_launch, Values{0.5});
  EXPECT_EQ(evidence.values.at("algbw").at(name(all_reduce_case())).by_launch, Values{2048.0});
  EXPECT_TRUE(evidence.values.at("peak_memory").empty()) << "a collective has none";
}

TEST(Evidence, FoldersMeanAllRecordsBelow) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "b" / "c");
  for (const char* const file : {"b/c/2.jsonl", "b/1.jsonl", "a.jsonl", "a.log", "x.jsonl.partial", "y.partial"}) {
    std::ofstream{folder.path() / file} << "x";
  }
  const std::vector<fs::path> found = record_files({folder.path().string(), "named"});
  EXPECT_EQ(found, (std::vector<fs::path>{folder.path() / "a.jsonl", folder.path() / "b/1.jsonl",
                                          folder.path() / "b/c/2.jsonl", folder.path() / "x.jsonl.partial", "named"}));
  const TemporaryFolder empty;
  EXPECT_THROW(record_files({empty.path().string()}), UsageError);
}

}  // namespace
}  // namespace lanemark
