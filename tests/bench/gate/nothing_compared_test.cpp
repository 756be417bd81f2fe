// SPDX-License-Identifier: MIT

#include "bench/gate/nothing_compared.hpp"

#include <gtest/gtest.h>

namespace lanemark {
namespace {

LaunchSummary launch(std::string file, std::string excluded) {
  LaunchSummary one;
  one.file = std::move(file);
  one.excluded = std::move(excluded);
  return one;
}

const LaunchSummary counts = launch("a.jsonl", "");
const LaunchSummary excluded = launch("b.jsonl", "cut off: it did not run to its end");

CaseVerdict verdict(std::vector<double> base, std::vector<double> run) {
  CaseVerdict one{.name = "all_reduce"};
  if (base.empty()) one.outcome = Outcome::no_baseline;
  else if (run.empty()) one.outcome = Outcome::missing;
  one.base = std::move(base);
  one.run = std::move(run);
  return one;
}

Judgement judgement(std::vector<LaunchSummary> base, std::vector<LaunchSummary> run, std::vector<CaseVerdict> cases) {
  Judgement one;
  one.base = std::move(base);
  one.run = std::move(run);
  one.cases = std::move(cases);
  return one;
}

TEST(NothingCompared, OneCaseOnBothSidesIsEnough) {
  EXPECT_EQ(nothing_compared(judgement({counts}, {counts}, {verdict({1}, {1})})), "");
  EXPECT_EQ(nothing_compared(judgement({counts}, {counts}, {verdict({1}, {}), verdict({1}, {1}), verdict({}, {1})})),
            "");
  EXPECT_EQ(nothing_compared(judgement({counts, excluded}, {excluded, counts}, {verdict({1}, {1})})), "");
}

TEST(NothingCompared, EveryCaseMissingOrWithoutBaselineIsNothing) {
  const std::string why = nothing_compared(judgement({counts}, {counts}, {verdict({1}, {}), verdict({}, {1})}));
  EXPECT_NE(why.find("1 missing, 1 without baseline"), std::string::npos) << why;
  EXPECT_NE(nothing_compared(judgement({counts}, {counts}, {verdict({1}, {})})), "");
  EXPECT_NE(nothing_compared(judgement({counts}, {counts}, {verdict({}, {1})})), "");
  EXPECT_NE(nothing_compared(judgement({counts}, {counts}, {})), "");
}

TEST(NothingCompared, TheFirstLaunchesOfAMachineAreWhatMakesABaseline) {
  EXPECT_EQ(nothing_compared(judgement({}, {counts}, {verdict({}, {1})})), "");
}

TEST(NothingCompared, LaunchesNoneOfWhichCountsAreNamedWithTheReason) {
  const std::string run = nothing_compared(judgement({counts}, {excluded}, {verdict({1}, {})}));
  EXPECT_NE(run.find("run"), std::string::npos) << run;
  EXPECT_NE(run.find("b.jsonl"), std::string::npos) << run;
  EXPECT_NE(run.find("cut off"), std::string::npos) << run;
  EXPECT_NE(nothing_compared(judgement({}, {excluded}, {})), "");
  EXPECT_NE(nothing_compared(judgement({excluded}, {counts}, {verdict({}, {1})})).find("base"), std::string::npos);
  EXPECT_NE(nothing_compared(judgement({}, {}, {})), "");
}

TEST(NothingCompared, ARuleThatLookedAtACaseSaysSomething) {
  Judgement one = judgement({counts}, {counts}, {verdict({}, {1})});
  one.rules = {{.rule = "fast", .name = "", .passed = true, .detail = ""}};
  EXPECT_NE(nothing_compared(one), "") << "a rule that need not meet a case";
  one.rules = {{.rule = "fast", .name = "all_reduce", .passed = true, .detail = ""}};
  EXPECT_EQ(nothing_compared(one), "");
}

}  // namespace
}  // namespace lanemark
