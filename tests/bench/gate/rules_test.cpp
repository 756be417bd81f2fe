// SPDX-License-Identifier: MIT

#include "bench/gate/rules.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/report/examples.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

/// 1 MB over a wire in so many microseconds: 1000 / time GB/s.
Measurement all_reduce(double time, std::uint64_t bytes = 1048576, int ranks = 4) {
  Measurement m;
  m.what = {.suite = "collectives",
            .operation = "all_reduce",
            .backend = "nccl",
            .dtype = "float",
            .size = Bytes{bytes},
            .mode = "bandwidth",
            .labels = {},
            .ranks = ranks};
  m.device = "cuda";
  m.transport = "device buffers";
  m.work.bytes = Bytes{1'000'000};
  m.samples = microseconds({time});
  return m;
}

Rules one_rule(std::string_view text, bool required = true) {
  Rule rule = parse_rule(text);
  rule.name = "the rule";
  rule.required = required;
  return {.name = "rules", .rules = {rule}};
}

std::vector<RuleVerdict> verdicts(std::string_view rule, std::vector<Measurement> measurements, bool required = true) {
  return evaluate(one_rule(rule, required), measurements);
}

/// Whether it passes, of a rule on one case at most.
bool passes(std::string_view rule, std::vector<Measurement> measurements) {
  const std::vector<RuleVerdict> all = verdicts(rule, std::move(measurements));
  EXPECT_EQ(all.size(), 1U) << rule;
  return all.at(0).passed;
}

std::string rules_error(std::string_view text) {
  return error_of([&] { rules_from_text(text, "my.json"); });
}

TEST(Rules, ARuleHoldsForEachCaseOfItsConditionsByItself) {
  Measurement slow = all_reduce(4);
  slow.what.size = Bytes{2097152};
  Measurement other = all_reduce(9);
  other.what.operation = "broadcast";
  const auto all = verdicts("busbw >= 300 GB/s where operation = all_reduce", {all_reduce(2), slow, other});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_FALSE(all[0].passed);  // the failed first
  EXPECT_EQ(all[0].rule, "the rule");
  EXPECT_EQ(all[0].name, name(slow.what));
  EXPECT_EQ(all[0].detail, "busbw 250.0 GB/s, at least 300.0 GB/s asked for (17 % off)");
  EXPECT_TRUE(all[1].passed);
  EXPECT_EQ(all[1].detail, "busbw 500.0 GB/s, at least 300.0 GB/s asked for");
}

TEST(Rules, RelationsAreExactAtTheBound) {
  const Measurement m = all_reduce(4);  // 250 GB/s
  EXPECT_TRUE(passes("busbw >= 250 GB/s", {m}));
  EXPECT_FALSE(passes("busbw > 250 GB/s", {m}));
  EXPECT_TRUE(passes("busbw <= 250 GB/s", {m}));
  EXPECT_FALSE(passes("busbw < 250 GB/s", {m}));
  EXPECT_TRUE(passes("busbw = 250 GB/s", {m}));
  EXPECT_FALSE(passes("busbw != 250 GB/s", {m}));
}

TEST(Rules, ACaseCountsWithTheMedianOverLaunches) {
  EXPECT_TRUE(passes("time <= 3 us", {all_reduce(9), all_reduce(2), all_reduce(3)}));
  EXPECT_FALSE(passes("time <= 3 us", {all_reduce(4), all_reduce(2), all_reduce(9)}));
  const auto all = verdicts("time <= 3 us", {all_reduce(2), all_reduce(3)});
  EXPECT_EQ(all.at(0).detail, "time 2.500 us, at most 3.000 us asked for; median of 2 launches");
}

TEST(Rules, ALaunchThatRepeatsACaseHasOneVoice) {
  // One launch with 1, 1, 1 and two with 9: their median is 9, that of all five numbers is 1.
  std::vector<Measurement> all{all_reduce(1), all_reduce(1), all_reduce(1), all_reduce(9), all_reduce(9)};
  all[1].repetition = 1;
  all[2].repetition = 2;
  EXPECT_FALSE(passes("time <= 5 us", all));
}

TEST(Rules, TheSameNameOnAnotherDeviceIsAnotherCase) {
  Measurement host = all_reduce(900);
  host.device = "host";
  EXPECT_EQ(verdicts("time <= 5 us", {all_reduce(2), host}).size(), 2U);
  EXPECT_EQ(verdicts("time <= 5 us where device = cuda", {all_reduce(2), host}).size(), 1U);
}

TEST(Rules, ConditionsSeeEveryField) {
  Measurement m = all_reduce(2);
  m.what.labels = {{"cache", "warm"}, {"batch", "512"}, {"cap", "25MiB"}, {"gpu", "all"}};
  const auto fulfils = [&](std::string_view condition) {
    return holds(parse_rule(fmt::format("time < 1 s where {}", condition)).where.at(0), m);
  };
  for (const auto* yes : {"suite = collectives",
                          "operation = all_reduce",
                          "backend = nccl",
                          "dtype = float",
                          "mode = bandwidth",
                          "device = cuda",
                          "transport = 'device buffers'",
                          "ranks = 4",
                          "ranks >= 4",
                          "ranks < 5",
                          "ranks != 3",
                          "bytes = 1MiB",
                          "bytes = 1048576",
                          "bytes > 1023KiB",
                          "cache = warm",
                          "label.cache = warm",
                          "batch = 512",
                          "batch >= 512",
                          "cap <= 25MiB",
                          "cap > 1MiB",
                          "gpu = all",
                          "gpu != 0",
                          "sync = ''",
                          "sync != bucketed",
                          "label.anything != 1"}) {
    EXPECT_TRUE(fulfils(yes)) << yes;
  }
  for (const auto* no : {"suite = transfers", "operation != all_reduce", "backend = mpi", "mode = latency",
                         "device = host", "ranks > 4", "bytes < 1MiB", "bytes = 0", "cache != warm", "batch > 512",
                         "cap < 25MiB", "gpu >= 0", "gpu < 9", "gpu = 0", "sync = bucketed", "label.anything >= 0"}) {
    EXPECT_FALSE(fulfils(no)) << no;
  }
}

TEST(Rules, WhatHasNoTrustworthyNumberFailsAndSaysWhy) {
  Measurement skipped = all_reduce(1);
  skipped.skipped = "4 TiB did not fit";
  Measurement wrong = all_reduce(1);
  wrong.verdict = {Verdict::Kind::wrong, "rank 1: 3 wrong elements"};
  Measurement none = all_reduce(1);
  none.samples.clear();
  Measurement broken = all_reduce(1);
  broken.samples = {Seconds{std::numeric_limits<double>::quiet_NaN()}};
  const auto detail = [](const Measurement& m, std::string_view rule = "time < 1 s") {
    // Even where other launches of the case went well.
    const auto all = verdicts(rule, {all_reduce(1), m, all_reduce(1)});
    EXPECT_EQ(all.size(), 1U);
    EXPECT_FALSE(all.at(0).passed);
    return all.at(0).detail;
  };
  EXPECT_EQ(detail(skipped), "skipped: 4 TiB did not fit");
  EXPECT_EQ(detail(wrong), "wrong data: rank 1: 3 wrong elements");
  EXPECT_EQ(detail(none), "no sample was taken");
  EXPECT_TRUE(contains(detail(broken), "has no time"));
  EXPECT_TRUE(contains(detail(all_reduce(1), "peak_memory != 0"), "has no peak_memory"));
  EXPECT_FALSE(passes("time != 5 us", {broken}));
}

TEST(Rules, OnNoCaseARequiredRuleFailsAndNamesTheConditionThatLeftNone) {
  const std::vector<Measurement> all{all_reduce(1), all_reduce(1, 8), all_reduce(1, 8, 2)};
  const std::string_view rule = "time < 1 s where operation = all_reduce and bytes >= 128MiB and backend = mpi";
  const auto failed = verdicts(rule, all);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_FALSE(failed[0].passed);
  EXPECT_EQ(failed[0].name, "");
  EXPECT_EQ(failed[0].detail, "no case is left at 'bytes >= 128MiB': bytes of the 3 before it are 1MiB, 8B");
  const auto noted = verdicts(rule, all, false);
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_TRUE(noted[0].passed);
  EXPECT_TRUE(contains(noted[0].detail, "bytes >= 128MiB"));
  EXPECT_TRUE(contains(noted[0].detail, "not required"));
  EXPECT_TRUE(contains(verdicts("time < 1 s where cache = warm", all).at(0).detail, "are none"));
  EXPECT_EQ(verdicts("time < 1 s", {}).at(0).detail, "no case was measured");
  EXPECT_FALSE(verdicts("time < 1 s", {}).at(0).passed);
}

constexpr std::string_view good =
    R"({"schema": "1.0", "name": "mine", "later": {"unknown": [1]}, "rules": [
        {"name": "fast", "rule": "time < 1 s", "required": false, "why": "it was", "colour": "red"},
        {"rule": "busbw > 1 GB/s where mode = latency"}]})";

TEST(Rules, FilesAreReadAndUnknownFieldsIgnored) {
  const Rules rules = rules_from_text(good, "my.json");
  EXPECT_EQ(rules.name, "mine");
  ASSERT_EQ(rules.rules.size(), 2U);
  EXPECT_EQ(rules.rules[0].name, "fast");
  EXPECT_EQ(rules.rules[0].why, "it was");
  EXPECT_FALSE(rules.rules[0].required);
  EXPECT_EQ(rules.rules[1].name, "busbw > 1 GB/s where mode = latency");
  EXPECT_TRUE(rules.rules[1].required);
}

TEST(Rules, MistakesInFilesAreRefusedByRuleAndPlace) {
  const auto with_rule = [](std::string_view rule) {
    return fmt::format(R"({{"schema":"1.0","rules":[{{"rule":"time < 1 s"}},{}]}})", rule);
  };
  EXPECT_TRUE(contains(rules_error(with_rule(R"({"name":"wire","rule":"time < 1 GB/s"})")),
                       "my.json: rule 2, 'wire': character 10: 'GB/s' is no unit of time"));
  EXPECT_TRUE(contains(rules_error(with_rule(R"({"rule":5})")), "my.json: rule 2: field 'rule' is not a string"));
  EXPECT_TRUE(contains(rules_error(with_rule(R"({"name":"wire"})")), "'rule' is missing"));
  EXPECT_TRUE(contains(rules_error(with_rule("7")), "rule 2:"));
  EXPECT_TRUE(contains(rules_error(with_rule(R"({"rule":"time < 1 s","required":"yes"})")), "'required'"));
  EXPECT_TRUE(contains(rules_error(R"({"schema":"1.0","rules":[]})"), "empty"));
  EXPECT_TRUE(contains(rules_error(R"({"schema":"1.0","rules":{}})"), "not a list"));
  EXPECT_TRUE(contains(rules_error(R"({"schema":"1.0"})"), "'rules' is missing"));
  EXPECT_TRUE(contains(rules_error(R"({"rules":[{"rule":"time < 1 s"}]})"), "'schema' is missing"));
  EXPECT_TRUE(contains(rules_error("[]"), "my.json: an object"));
  EXPECT_TRUE(contains(rules_error(R"({"schema":"1.0","later":1e999})"), "not JSON: number overflow"));
  EXPECT_TRUE(contains(rules_error("{\n\"schema\" 1}"), "my.json: not JSON: parse error at line 2"));
}

TEST(Rules, AnotherSchemaMajorIsRefusedAMinorIsRead) {
  const auto with_schema = [](std::string_view version) {
    return rules_error(fmt::format(R"({{"schema":"{}","rules":[{{"rule":"time < 1 s"}}]}})", version));
  };
  EXPECT_EQ(with_schema("1.9"), "");
  EXPECT_TRUE(contains(with_schema("2.0"), "schema is 2.0"));
  EXPECT_NE(with_schema("10.0"), "");
  EXPECT_NE(with_schema(""), "");
}

TEST(Rules, CutAtAnyByteIsRefused) {
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_TRUE(contains(rules_error(good.substr(0, length)), "not JSON")) << length;
  }
  EXPECT_EQ(rules_error(good), "");
}

/// What fuzzing starts from, and what it once broke.
TEST(Rules, TheFuzzersCorpusIsReadOrRefused) {
  std::size_t read = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LANEMARK_SOURCE_DIR "/tests/fuzz/corpus/rules"}) {
    try {
      evaluate(read_rules(entry.path()), {});
      ++read;
    } catch (const UsageError&) {
    }
  }
  EXPECT_GE(read, 2U);
}

TEST(Rules, FilesThatCannotBeReadAreRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_rules(folder.path()), UsageError);
  EXPECT_THROW(read_rules(folder.path() / "none.json"), UsageError);
  std::ofstream{folder.path() / "my.json"} << good;
  EXPECT_EQ(read_rules(folder.path() / "my.json").rules.size(), 2U);
}

TEST(Evaluate, KeepsSoManyVerdictsOfAKindAndCountsTheOthers) {
  constexpr std::size_t cases = 9000;
  constexpr std::size_t most = 20'000;
  std::vector<Measurement> measurements;
  for (std::size_t i = 1; i <= cases; ++i) measurements.push_back(all_reduce(5, 8 * i));
  Rules rules;
  for (const std::string_view text : {"time <= 1 s", "time <= 1 us"}) {
    for (int i = 0; i < 10; ++i) rules.rules.push_back(one_rule(text).rules.front());
  }
  const std::vector<RuleVerdict> all = evaluate(rules, measurements);
  // The third of each kind is told in part, and the seven behind it by their number.
  ASSERT_EQ(all.size(), 2 * (most + 8));
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(all, false, &RuleVerdict::passed)), most + 8);
  EXPECT_FALSE(all[most].passed);
  EXPECT_TRUE(all[most].name.empty());
  EXPECT_TRUE(all[most].detail.starts_with("7000 more cases fail")) << all[most].detail;
  EXPECT_TRUE(all[most + 7].detail.starts_with("9000 more cases fail")) << all[most + 7].detail;
  EXPECT_TRUE(all.back().passed);
  EXPECT_TRUE(all.back().detail.starts_with("9000 more cases pass")) << all.back().detail;
}

TEST(Evaluate, RefusesWhatWouldTakeHours) {
  Rules rules;
  rules.rules.assign(10'000, one_rule("time <= 1 s").rules.front());
  const std::vector<Measurement> measurements(10'001, all_reduce(5));
  EXPECT_THROW(evaluate(rules, measurements), UsageError);
}

}  // namespace
}  // namespace lanemark
