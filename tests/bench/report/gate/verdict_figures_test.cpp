// SPDX-License-Identifier: MIT

#include "bench/report/gate/verdict_figures.hpp"

#include <gtest/gtest.h>

#include "tests/bench/report/gate/examples.hpp"

namespace lanemark {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

TEST(VerdictFigures, Changes) {
  EXPECT_EQ(change_figure(0.123), "+12.3 %");
  EXPECT_EQ(change_figure(-0.02), "-2.0 %");
  EXPECT_EQ(change_figure(12), "+1200 %");
  EXPECT_EQ(change_figure(infinite), "+inf %");
  EXPECT_EQ(change_with_interval(regressed("a")), "+25.0 % [+20.0, +30.0]");
  EXPECT_EQ(change_with_interval(cannot_tell("a")), "-6.0 % [unbounded]");
}

TEST(VerdictFigures, Medians) {
  EXPECT_FALSE(median_of({}).has_value());
  EXPECT_EQ(median_of(std::vector<double>{3, 1, 2}), 2);
  EXPECT_EQ(median_of(std::vector<double>{4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median_figure(regressed("a"), Side::base), "11.00 us");
  EXPECT_EQ(median_figure(cannot_tell("a"), Side::run), "310.0 GB/s");
}

TEST(VerdictFigures, ValuesInTheirUnits) {
  EXPECT_EQ(value_figure(flops_metric, 1.5e13), "15.00 TFLOP/s");
  EXPECT_EQ(value_figure(memory_metric, 4e7), "40.00 MB");
  EXPECT_EQ(value_figure(share_metric, 0.873), "87.3 %");
  EXPECT_EQ(value_figure({"samples_per_second", "samples/s", Better::more, "", nullptr}, 1234), "1234 samples/s");
}

TEST(VerdictFigures, WrongDataIsNoSpeed) {
  CaseVerdict verdict = regressed("a");
  verdict.outcome = Outcome::wrong_data;
  EXPECT_EQ(median_figure(verdict, Side::run), "-");
  EXPECT_EQ(change_with_interval(verdict), "-");
  EXPECT_EQ(p_figure(verdict), "-");
  EXPECT_EQ(median_figure(verdict, Side::base), "11.00 us");
}

TEST(VerdictFigures, ValuesAreOfTheLaunchesThatHaveThem) {
  const Judgement judgement = full_judgement();
  const std::vector<std::string> both{"r1", "r2"};
  EXPECT_EQ(launches_of_values(judgement, regressed("a"), Side::run), both);
  CaseVerdict partial = regressed("a");
  partial.run = {1};
  partial.run_launches = {1};
  EXPECT_EQ(launches_of_values(judgement, partial, Side::run), std::vector<std::string>{"r2"});
}

TEST(VerdictFigures, OutcomesHaveNamesAndCounts) {
  const Judgement judgement = full_judgement();
  EXPECT_EQ(judgement.count(Outcome::same), 2U);
  EXPECT_EQ(judgement.count(Outcome::regressed), 2U);
  EXPECT_EQ(name(Outcome::wrong_data), "WRONG DATA");
  EXPECT_EQ(name(Outcome::no_baseline), "NO BASELINE");
}

}  // namespace
}  // namespace lanemark
