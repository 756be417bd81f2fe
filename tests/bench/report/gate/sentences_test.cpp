// SPDX-License-Identifier: MIT

#include "bench/report/gate/sentences.hpp"

#include <gtest/gtest.h>

#include "tests/bench/report/gate/examples.hpp"

namespace lanemark {
namespace {

TEST(GateSentences, Headline) {
  EXPECT_EQ(headline(full_judgement()),
            "WRONG DATA: 1 wrong data, 2 regressed, 2 inconclusive, 1 without baseline, 1 missing, 1 improved, "
            "2 same; 2 of 3 rules failed");
  EXPECT_EQ(headline(empty_judgement()), "NOTHING COMPARED");
  Judgement judgement = empty_judgement();
  judgement.rules = {{"a rule", "", true, ""}};
  EXPECT_EQ(headline(judgement), "RULES PASSED: 0 of 1 rule failed");
}

TEST(GateSentences, AFailedRuleIsGraverThanADoubt) {
  Judgement judgement = empty_judgement();
  judgement.cases = {cannot_tell("a")};
  EXPECT_EQ(overall(judgement), "INCONCLUSIVE");
  judgement.rules = {{"a rule", "", false, ""}};
  EXPECT_EQ(overall(judgement), "RULE FAILED");
  judgement.cases = {regressed("a")};
  EXPECT_EQ(overall(judgement), "REGRESSED");
}

TEST(GateSentences, WhatItWouldTake) {
  CaseVerdict verdict = cannot_tell("a");
  EXPECT_EQ(
      remark(verdict),
      "could have shown a change of 8.1 % or more; 9 more launches of the base and 10 more of the run would decide "
      "it, if the change is what it seems");
  verdict.needed = {3, 3};
  EXPECT_EQ(
      remark(verdict),
      "could have shown a change of 8.1 % or more; 1 more launch of the run would decide it, if the change is what "
      "it seems");
  verdict.needed.reset();
  verdict.detectable.reset();
  EXPECT_EQ(remark(verdict), "so few launches could not have shown any change");
}

TEST(GateSentences, TwiceOrNot) {
  Judgement judgement = empty_judgement();
  EXPECT_EQ(confirmation(judgement), "");
  judgement.cases = {regressed("a")};
  EXPECT_EQ(confirmation(judgement), "Flagged cases were not run again.");
  judgement.confirmed = true;
  EXPECT_EQ(confirmation(judgement),
            "Regressions were run again: 1 of the 1 flagged here could not be, the others regressed twice.");
  judgement.cases.front().twice = true;
  EXPECT_EQ(confirmation(judgement), "Regressions were run again: what is flagged as one here regressed twice.");
  judgement.cases.front().outcome = Outcome::wrong_data;
  judgement.cases.front().twice = false;
  EXPECT_EQ(confirmation(judgement), "Regressions were run again: what is flagged as one here regressed twice.")
      << "wrong data is not run again";
}

TEST(GateSentences, Evidence) {
  EXPECT_EQ(evidence(full_judgement()), "Base: 3 launches. Run: 3 launches, 1 of them excluded.");
  EXPECT_EQ(excluded_launches(full_judgement()),
            std::vector<std::string>{"run launch r3 (results/cut.jsonl): it was cut off | 50% done"});
  EXPECT_EQ(nearest_baseline(full_judgement()), "");
}

}  // namespace
}  // namespace lanemark
