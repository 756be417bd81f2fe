// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <vector>

#include "bench/gate/rules.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

std::string rule_error(std::string_view text) {
  return error_of([&] { parse_rule(text); });
}

TEST(RuleParser, ReadsMetricBoundAndConditions) {
  const Rule rule = parse_rule(
      "busbw >= 340 GB/s where operation = all_reduce and ranks = 4 and bytes >= 128MiB and cache != warm "
      "and label.made_up = 'two words'");
  EXPECT_EQ(rule.metric->name, "busbw");
  EXPECT_EQ(rule.relation, Relation::at_least);
  EXPECT_DOUBLE_EQ(rule.bound, 340e9);
  EXPECT_TRUE(rule.required);
  EXPECT_EQ(rule.name, rule.text);
  ASSERT_EQ(rule.where.size(), 5U);
  EXPECT_EQ(rule.where[0].text, "operation = all_reduce");
  EXPECT_EQ(rule.where[0].field, "operation");
  EXPECT_EQ(rule.where[0].value, "all_reduce");
  EXPECT_FALSE(rule.where[0].number);
  EXPECT_EQ(rule.where[1].number, 4);
  EXPECT_EQ(rule.where[2].relation, Relation::at_least);
  EXPECT_EQ(rule.where[2].number, 134217728);
  EXPECT_EQ(rule.where[3].field, "label.cache");
  EXPECT_EQ(rule.where[3].relation, Relation::different);
  EXPECT_EQ(rule.where[4].field, "label.made_up");
  EXPECT_EQ(rule.where[4].value, "two words");
  EXPECT_EQ(rule.where[4].text, "label.made_up = 'two words'");
}

TEST(RuleParser, KnowsSixRelationsAndNeedsNoBlanks) {
  using enum Relation;
  const std::vector<std::pair<std::string, Relation>> all{{">=", at_least}, {"<=", at_most}, {">", more},
                                                          {"<", less},      {"=", equal},    {"!=", different}};
  for (const auto& [sign, relation] : all) {
    EXPECT_EQ(parse_rule("time" + sign + "5us").relation, relation) << sign;
    EXPECT_EQ(parse_rule("time " + sign + " 5 us where ranks" + sign + "4").where.at(0).relation, relation) << sign;
  }
}

TEST(RuleParser, UnitsHavePrefixesOfTheMetricsDimension) {
  const std::vector<std::pair<std::string_view, double>> all{
      {"time < 5 ns", 5e-9},
      {"time < 5us", 5e-6},
      {"p99 < 5 µs", 5e-6},
      {"p95 < 0.5 ms", 5e-4},
      {"exposed_communication <= 1.5 s", 1.5},
      {"exposed_communication <= 0", 0},
      {"busbw > 5 B/s", 5},
      {"busbw > 5 MB/s", 5e6},
      {"algbw > 1 GiB/s", 1073741824},
      {"algbw > 2 TB/s", 2e12},
      {"flops > 3.5 TFLOP/s", 3.5e12},
      {"flops > 1PFLOP/s", 1e15},
      {"peak_memory <= 2 GiB", 2147483648},
      {"peak_memory <= 80 GB", 80e9},
      {"peak_memory <= 16MiB", 16777216},
      {"samples_per_second >= 600 ksamples/s", 600e3},
      {"samples_per_second >= 600000 samples/s", 600e3},
      {"share_of_limit >= 85 %", 0.85},
      {"share_of_limit >= 85%", 0.85},
      {"share_of_limit >= 0", 0},
      {"share_of_limit >= -1e1 %", -0.1},
  };
  for (const auto& [text, bound] : all) EXPECT_DOUBLE_EQ(parse_rule(text).bound, bound) << text;
}

TEST(RuleParser, MistakesAreRefusedWithThePlaceAndACure) {
  struct Mistake {
    std::string_view text;
    std::vector<std::string_view> said;
  };
  const std::vector<Mistake> all{
      {"", {"character 1:", "the rule ends", "busbw"}},
      {"buswb >= 340 GB/s", {"character 1:", "'buswb'", "busbw", "peak_memory"}},
      {"'busbw' >= 340 GB/s", {"character 1:", "metric"}},
      {"busbw", {"character 6:", "the rule ends", ">="}},
      {"busbw == 340 GB/s", {"character 7:", "'=='", ">= <= > < = !="}},
      {"busbw => 340 GB/s", {"character 7:", "'=>'"}},
      {"busbw >= fast", {"character 10:", "'fast'", "340"}},
      {"busbw >= nan GB/s", {"character 10:", "'nan'"}},
      {"busbw >= inf", {"character 10:"}},
      {"busbw >= 1e308 TB/s", {"character 10:", "too large"}},
      {"busbw >= 340", {"character 13:", "needs a unit", "GB/s"}},
      {"busbw >= 340 where ranks = 4", {"character 13:", "needs a unit"}},
      {"busbw >= 340 ms", {"character 14:", "'ms' is no unit of busbw", "GB/s"}},
      {"busbw >= 340ms", {"character 13:", "'ms'"}},
      {"busbw >= 340 GB", {"character 14:", "'GB' is no unit of busbw"}},
      {"time <= 3 GB/s", {"character 11:", "ns, us, µs, ms, s"}},
      {"time <= 3 %", {"character 11:", "'%'"}},
      {"share_of_limit >= 3 GB/s", {"character 21:", "%"}},
      {"share_of_limit >= 50", {"character 21:", "needs a unit", "write e.g. 50 %"}},
      {"share_of_limit >= 0.85", {"character 23:", "needs a unit", "write e.g. 85 %"}},
      {"share_of_limit >= 0.5 where ranks = 4", {"character 22:", "needs a unit", "50 %"}},
      {"peak_memory <= 3 KB", {"character 18:", "'KB'", "kB"}},
      {"flops >= 3 TFLOPS", {"character 12:", "TFLOP/s"}},
      {"busbw >= 340 GB/s were ranks = 4", {"character 19:", "'were'", "'where'"}},
      {"busbw >= 340 GB/s where", {"character 24:", "the rule ends", "field"}},
      {"busbw >= 340 GB/s where size = 4", {"character 25:", "unknown field 'size'", "bytes", "cache", "label.KEY"}},
      {"busbw >= 340 GB/s where label. = 4", {"character 25:", "unknown field 'label.'"}},
      {"busbw >= 340 GB/s where ranks", {"character 30:", ">="}},
      {"busbw >= 340 GB/s where ranks =", {"character 32:", "value"}},
      {"busbw >= 340 GB/s where ranks = and bytes = 8", {"character 33:", "quote it: 'and'"}},
      {"busbw >= 340 GB/s where ranks = four", {"character 33:", "'four' is no whole number"}},
      {"busbw >= 340 GB/s where ranks = 4.5", {"character 33:"}},
      {"busbw >= 340 GB/s where bytes >= 128MB", {"character 34:", "decimal", "128MiB"}},
      {"busbw >= 340 GB/s where bytes >= 128mb", {"character 34:", "'128mb' is read as decimal", "128MiB"}},
      {"busbw >= 340 GB/s where bytes = '1kb'", {"character 33:", "'1kb' is read as decimal"}},
      {"busbw >= 340 GB/s where cap >= 25MB", {"character 32:", "'25MB' is read as decimal", "128MiB"}},
      {"busbw >= 340 GB/s where bytes >= large", {"character 34:", "size 'large'"}},
      {"busbw >= 340 GB/s where backend < nccl", {"character 33:", "words are only = or !="}},
      {"busbw >= 340 GB/s where backend < 4", {"character 33:", "words are only = or !="}},
      {"busbw >= 340 GB/s where cache >= warm", {"character 31:", "words are only = or !="}},
      {"busbw >= 340 GB/s where transport = device buffers", {"character 44:", "'buffers'", "quoted"}},
      {"busbw >= 340 GB/s where ranks = 4 where bytes = 8", {"character 35:", "'where'", "'and'"}},
      {"busbw >= 340 GB/s where ranks = 4 and", {"character 38:", "field"}},
      {"busbw >= 340 GB/s where mode = 'latency", {"character 32:", "not closed"}},
      {"busbw >= 340 GB/s where pair = 0>1", {"character 33:", "'>'"}},
  };
  for (const Mistake& one : all) {
    const std::string error = rule_error(one.text);
    for (const std::string_view said : one.said) {
      EXPECT_TRUE(contains(error, said)) << one.text << "\n  says: " << error << "\n  not:  " << said;
    }
  }
}

TEST(RuleParser, KeywordsAndSignsCanBeValuesWhereTheyAreQuoted) {
  const Rule rule = parse_rule("time<5us where label.a='and' and pair=\"0>1\" and label.b = '' and label.c = '25MB'");
  EXPECT_EQ(rule.where.at(0).value, "and");
  EXPECT_EQ(rule.where.at(1).value, "0>1");
  EXPECT_EQ(rule.where.at(2).value, "");
  EXPECT_EQ(rule.where.at(3).value, "25MB");
  EXPECT_FALSE(rule.where.at(3).number.has_value());
}

/// Whatever a rule is cut off to, or has in it, is read or refused.
TEST(RuleParser, CutAnywhereIsReadOrRefused) {
  const std::string text = "busbw >= 340 GB/s where operation = 'all_reduce' and bytes >= 128MiB and gpu != all";
  std::size_t read = 0;
  for (std::size_t length = 0; length <= text.size(); ++length)
    read += rule_error(text.substr(0, length)).empty() ? 1 : 0;
  // Each with or without the blank after it: the bound; a condition more; another, whose size may be any from 1 to
  // 128MiB; and at the end a, al and all.
  EXPECT_EQ(read, 14U);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char c : {'\0', '=', '\'', ' ', '\xff'}) {
      std::string changed = text;
      changed[at] = c;
      EXPECT_NO_THROW(rule_error(changed)) << changed;
    }
  }
}

}  // namespace
}  // namespace lanemark
