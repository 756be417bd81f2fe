// SPDX-License-Identifier: MIT

#include "bench/gate/verdict.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/measurement/exit_code.hpp"
#include "bench/statistics/power.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/statistics/draws.hpp"

namespace lanemark {
namespace {

using Values = std::vector<double>;

Case numbered(std::size_t number) { return all_reduce_case(8 * (number + 1)); }

/// So many launches about `middle`, evenly within ± `half_width` of it.
Values about(double middle, double half_width = 0.001, int launches = 10) {
  Values values;
  for (int i = 0; i < launches; ++i) values.push_back(middle * (1 + half_width * (2.0 * i / (launches - 1) - 1)));
  return values;
}

NoiseFloors floors_of(const Case& what, double change) {
  NoiseFloors floors;
  floors.set(name(what), {.change = change, .comparisons = 9, .of_class = case_class(what)});
  return floors;
}

Baseline baseline_of(Evidence evidence, NoiseFloors noise = {}) {
  return {.evidence = std::move(evidence), .noise = std::move(noise), .calibrated = {}};
}

/// One case, base against run.
CaseVerdict verdict_of(const Values& base, const Values& run, const std::string& metric_name = "time",
                       const NoiseFloors& noise = {}, const GateOptions& options = {}) {
  const Baseline before = baseline_of(evidence_of({{numbered(0), base}}, metric_name), noise);
  const Judgement judgement = judge(&before, evidence_of({{numbered(0), run}}, metric_name), options);
  EXPECT_EQ(judgement.cases.size(), 1U);
  return judgement.cases.at(0);
}

TEST(Verdict, SlowerIsARegression) {
  const CaseVerdict verdict = verdict_of(about(1), about(1.1));
  EXPECT_EQ(verdict.outcome, Outcome::regressed);
  ASSERT_TRUE(verdict.shift.has_value());
  EXPECT_NEAR(verdict.shift->change, 0.1, 1e-3);
  EXPECT_LT(verdict.adjusted_p, 0.001);
  EXPECT_EQ(verdict.base, about(1));
  EXPECT_EQ(verdict.run, about(1.1));
  EXPECT_EQ(verdict.metric, &metric("time"));
  EXPECT_EQ(verdict.name, name(numbered(0)));
}

// 10 against 3 reach p = 0.007, and as one of two cases that counts twice.
TEST(Verdict, AConfirmationAsksEachCaseAlone) {
  const Evidence run = evidence_of({{numbered(0), {1.5, 1.5, 1.51}}, {numbered(1), {1, 1, 1.001}}});
  const Baseline before = baseline_of(evidence_of({{numbered(0), about(1)}, {numbered(1), about(1)}}));
  for (const CaseVerdict& one : judge(&before, run, {}).cases) {
    EXPECT_NE(one.outcome, Outcome::regressed);
    EXPECT_EQ(regresses_alone(one, {}), one.name == name(numbered(0)));
  }
  EXPECT_FALSE(regresses_alone(verdict_of(about(1), about(0.9)), {})) << "better";
  EXPECT_FALSE(regresses_alone(verdict_of(about(1), about(1.01)), {})) << "within the threshold";
  EXPECT_FALSE(regresses_alone(verdict_of(about(1), {}), {}));
}

TEST(Verdict, FasterIsAnImprovement) { EXPECT_EQ(verdict_of(about(1), about(0.9)).outcome, Outcome::improved); }

TEST(Verdict, WhatLiesWithinTheThresholdIsTheSame) {
  EXPECT_EQ(verdict_of(about(1), about(1)).outcome, Outcome::same);
  EXPECT_EQ(verdict_of(about(1), about(1.01)).outcome, Outcome::same) << "significant, but of no interest";
  EXPECT_EQ(verdict_of(Values(10, 1.0), Values(10, 1.0)).outcome, Outcome::same) << "no spread at all";
  EXPECT_EQ(verdict_of(Values(10, 1.0), Values(10, 1.1)).outcome, Outcome::regressed);
}

TEST(Verdict, WhatIsNeitherIsInconclusiveAndSaysWhatItWouldTake) {
  const CaseVerdict verdict = verdict_of(about(1, 0.2), about(1.1, 0.2));
  EXPECT_EQ(verdict.outcome, Outcome::inconclusive);
  ASSERT_TRUE(verdict.detectable.has_value());
  EXPECT_GT(*verdict.detectable, 0.1) << "this much was not seen";
  EXPECT_LT(*verdict.detectable, 1.0);
  ASSERT_TRUE(verdict.needed.has_value());
  EXPECT_GT(verdict.needed->run, 10U) << "so many were not enough";
  EXPECT_LT(verdict.needed->run, 1000U);
  // The same about nothing: the interval has to become narrower.
  const CaseVerdict nothing = verdict_of(about(1, 0.2), about(1, 0.2));
  EXPECT_EQ(nothing.outcome, Outcome::inconclusive);
  ASSERT_TRUE(nothing.detectable && nothing.needed);
  EXPECT_GT(nothing.needed->base + nothing.needed->run, verdict.needed->base + verdict.needed->run);
}

TEST(Verdict, OneLaunchAgainstOneSaysNothing) {
  const CaseVerdict verdict = verdict_of({1}, {2});
  EXPECT_EQ(verdict.outcome, Outcome::inconclusive);
  EXPECT_EQ(verdict.p, 1);
  ASSERT_TRUE(verdict.shift.has_value());
  EXPECT_DOUBLE_EQ(verdict.shift->change, 1);
  EXPECT_FALSE(verdict.shift->bounded);
  EXPECT_FALSE(verdict.detectable.has_value());
  ASSERT_TRUE(verdict.needed.has_value());
  EXPECT_EQ(verdict.needed->base, least_launches(GateOptions{}.alpha));
  EXPECT_EQ(verdict.needed->run, least_launches(GateOptions{}.alpha));
  EXPECT_EQ(verdict_of({1}, {1}).outcome, Outcome::inconclusive) << "equal numbers are no proof of sameness";
  EXPECT_EQ(verdict_of({1}, {2, 2}).outcome, Outcome::inconclusive);
  EXPECT_EQ(verdict_of({1}, Values(100, 2)).outcome, Outcome::inconclusive) << "not by one launch on a side";
}

TEST(Verdict, MoreIsBetterOfRates) {
  for (const char* const rate : {"busbw", "algbw", "flops", "share_of_limit", "samples_per_second"}) {
    EXPECT_EQ(verdict_of(about(1), about(1.1), rate).outcome, Outcome::improved) << rate;
    const CaseVerdict lower = verdict_of(about(1), about(0.9), rate);
    EXPECT_EQ(lower.outcome, Outcome::regressed) << rate;
    EXPECT_LT(lower.shift.value().change, 0) << "signed as the metric is";
  }
  for (const char* const cost : {"time", "p95", "p99", "peak_memory", "exposed_communication"}) {
    EXPECT_EQ(verdict_of(about(1), about(1.1), cost).outcome, Outcome::regressed) << cost;
    EXPECT_EQ(verdict_of(about(1), about(0.9), cost).outcome, Outcome::improved) << cost;
  }
}

TEST(Verdict, TheThresholdIsTheLargerOfMinimumAndNoise) {
  const auto with_floor = [](double floor) {
    return verdict_of(about(1), about(1.1), "time", floors_of(numbered(0), floor));
  };
  EXPECT_EQ(verdict_of(about(1), about(1.1)).threshold, 0.02);
  EXPECT_FALSE(verdict_of(about(1), about(1.1)).calibrated);
  EXPECT_EQ(with_floor(0.005).threshold, 0.02);
  EXPECT_TRUE(with_floor(0.005).calibrated);
  EXPECT_EQ(with_floor(0.05).threshold, 0.05);
  EXPECT_EQ(with_floor(0.05).outcome, Outcome::regressed);
  EXPECT_EQ(with_floor(0.15).threshold, 0.15);
  EXPECT_EQ(with_floor(0.15).outcome, Outcome::same) << "the machine does that by itself";
  Case other = numbered(0);
  other.operation = "all_gather";
  const CaseVerdict of_other = verdict_of(about(1), about(1.1), "time", floors_of(other, 0.15));
  EXPECT_FALSE(of_other.calibrated);
  EXPECT_EQ(of_other.outcome, Outcome::regressed);
}

TEST(Verdict, AHostThatIsNotCalibratedMayDriftByMore) {
  const auto threshold = [](bool host, const NoiseFloors& noise, const GateOptions& options) {
    Evidence base = evidence_of({{numbered(0), about(1)}}, "time");
    Evidence run = evidence_of({{numbered(0), about(1.04)}}, "time");
    if (host) base.fingerprint.gpus = run.fingerprint.gpus = 0;
    const Baseline before = baseline_of(base, noise);
    return judge(&before, run, options).cases.at(0).threshold;
  };
  const NoiseFloors quiet = floors_of(numbered(0), 0.001);
  EXPECT_EQ(threshold(false, {}, {}), 0.02);
  EXPECT_EQ(threshold(true, {}, {}), 0.05);
  EXPECT_EQ(threshold(true, quiet, {}), 0.02);
  EXPECT_EQ(threshold(true, {}, {.minimum_effect = 0.01}), 0.01);
}

TEST(Verdict, ManyCasesAskForMoreOfEach) {
  // Five launches against five differ at best with p = 2 / 252, which is below 0.01 alone, and not as one of twenty.
  const auto outcome_among = [](std::size_t others, double factor) {
    std::vector<std::pair<Case, Values>> base{{numbered(0), about(1, 0.001, 5)}};
    std::vector<std::pair<Case, Values>> run{{numbered(0), about(1.1, 0.001, 5)}};
    for (std::size_t i = 1; i <= others; ++i) {
      base.emplace_back(numbered(i), about(1, 0.001, 5));
      run.emplace_back(numbered(i), about(factor, 0.001, 5));
    }
    const Baseline before = baseline_of(evidence_of(base));
    const Judgement judgement = judge(&before, evidence_of(run), {});
    const auto found = std::ranges::find(judgement.cases, name(numbered(0)), &CaseVerdict::name);
    EXPECT_NEAR(found->p, 2.0 / 252, 1e-12);
    return std::pair{found->outcome, found->adjusted_p};
  };
  EXPECT_EQ(outcome_among(0, 1).first, Outcome::regressed);
  EXPECT_EQ(outcome_among(19, 1).first, Outcome::inconclusive);
  EXPECT_NEAR(outcome_among(19, 1).second, 20 * 2.0 / 252, 1e-12);
  EXPECT_EQ(outcome_among(19, 1.1).first, Outcome::regressed) << "where all changed, each is believed";
}

TEST(Verdict, ZerosAreComparedAsWell) {
  EXPECT_EQ(verdict_of(Values(10, 0.0), about(1), "exposed_communication").outcome, Outcome::regressed);
  EXPECT_EQ(verdict_of(about(1), Values(10, 0.0), "exposed_communication").outcome, Outcome::improved);
  Values base = about(1);
  base[4] = 0;
  EXPECT_EQ(verdict_of(base, about(15), "exposed_communication").outcome, Outcome::regressed);
  const CaseVerdict undecided = verdict_of(base, about(1.05, 0.2), "exposed_communication");
  EXPECT_EQ(undecided.outcome, Outcome::inconclusive);
  EXPECT_FALSE(undecided.detectable.has_value());
  EXPECT_NE(undecided.detail, "");
}

TEST(Verdict, HalfTheRateIsAsBadAsTwiceTheTime) {
  const GateOptions options{.minimum_effect = 0.5};
  EXPECT_EQ(verdict_of(about(1), about(1.6), "time", {}, options).outcome, Outcome::regressed);
  EXPECT_EQ(verdict_of(about(1.6), about(1), "busbw", {}, options).outcome, Outcome::regressed);
  EXPECT_EQ(verdict_of(about(1.4), about(1), "busbw", {}, options).outcome, Outcome::same);
  EXPECT_EQ(verdict_of(about(3), about(1), "busbw", {}, {.minimum_effect = 1}).outcome, Outcome::regressed);
}

TEST(Verdict, ASkippedCaseSaysWhyItIsMissing) {
  const Baseline base = baseline_of(evidence_of({{numbered(0), about(1)}, {numbered(1), about(1)}}, "time"));
  Evidence run = evidence_of({{numbered(0), about(1)}}, "time");
  for (const std::size_t skipped : {1U, 2U}) run.values["time"][name(numbered(skipped))].skipped = "out of memory";
  const Judgement judgement = judge(&base, run, {});
  ASSERT_EQ(judgement.cases.size(), 2U) << "what neither side measured is no finding";
  EXPECT_EQ(judgement.cases.front().outcome, Outcome::missing);
  EXPECT_EQ(judgement.cases.front().detail, "skipped: out of memory");
}

TEST(Verdict, WrongDataInTheBaseIsSaid) {
  Baseline base = baseline_of(evidence_of({{numbered(0), about(1)}}, "time"));
  base.evidence.values.at("time").begin()->second.wrong = {"launch b1: 7 wrong elements"};
  const Judgement judgement = judge(&base, evidence_of({{numbered(0), about(1)}}, "time"), {});
  EXPECT_EQ(judgement.cases.front().outcome, Outcome::wrong_data);
  EXPECT_NE(judgement.cases.front().detail.find("in the base"), std::string::npos);
}

TEST(Verdict, MoreLaunchesAreAskedForThanDidNotDecide) {
  Draws draws{7};
  int undecided = 0;
  for (int i = 0; i < 200; ++i) {
    Values base = draws.normals(10, 1, 0.02);
    const Values run = draws.normals(8, 1.015, 0.02);
    const CaseVerdict verdict = verdict_of(base, run);
    if (verdict.outcome != Outcome::inconclusive || !verdict.needed) continue;
    ++undecided;
    EXPECT_GE(verdict.needed->base, 10U);
    EXPECT_GT(verdict.needed->base + verdict.needed->run, 18U);
  }
  EXPECT_GT(undecided, 20);
}

TEST(Verdict, LaunchesThatDoNotVaryNeedToBeEnoughAllTheSame) {
  for (const double change : {1.0, 1.5}) {
    const CaseVerdict few = verdict_of({1, 1, 1}, {change, change, change});
    EXPECT_EQ(few.outcome, Outcome::inconclusive);
    ASSERT_TRUE(few.needed.has_value()) << change;
    EXPECT_GT(few.needed->base + few.needed->run, 6U);
    EXPECT_LT(few.needed->base + few.needed->run, 15U);
  }
}

// Against forty launches three are few; ten decide, and nobody has to add to the forty.
TEST(Verdict, OfALargeBaseTheRunAloneNeedsMore) {
  Draws draws{11};
  int undecided = 0;
  int by_the_run = 0;
  for (int i = 0; i < 50; ++i) {
    const CaseVerdict verdict = verdict_of(draws.normals(40, 1, 0.01), draws.normals(3, 1, 0.01));
    if (verdict.outcome != Outcome::inconclusive || !verdict.needed) continue;
    ++undecided;
    EXPECT_GT(verdict.needed->run, 3U);
    by_the_run += verdict.needed->base == 40 ? 1 : 0;
  }
  EXPECT_GT(undecided, 20);
  EXPECT_GT(by_the_run, 0.8 * undecided) << "the others happen to seem changed by just the threshold";
}

// Fresh launches, as many as were named, and as different as they seemed.
TEST(Verdict, AsManyLaunchesAsItNamesDecide) {
  struct Design {
    std::size_t base, run;
    double change, spread;
  };
  for (const auto& [base, run, change, spread] :
       {Design{10, 10, 0, 0.02}, {10, 10, 0.03, 0.02}, {40, 5, 0, 0.02}, {40, 5, 0.04, 0.03}, {5, 5, 0.1, 0.05}}) {
    Draws draws{base + run};
    int named = 0;
    int decided = 0;
    for (int i = 0; i < 400; ++i) {
      const CaseVerdict verdict = verdict_of(draws.normals(base, 1, spread), draws.normals(run, 1 + change, spread));
      if (verdict.outcome != Outcome::inconclusive || !verdict.needed || verdict.needed->run > 300) continue;
      ++named;
      const double seems = 1 + verdict.shift.value().change;
      const CaseVerdict more = verdict_of(draws.normals(verdict.needed->base, 1, spread),
                                          draws.normals(verdict.needed->run, seems, spread * seems));
      decided += more.outcome == Outcome::inconclusive ? 0 : 1;
    }
    EXPECT_GT(named, 20) << base << ' ' << run << ' ' << change;
    EXPECT_GT(decided, 0.75 * named) << base << ' ' << run << ' ' << change;
  }
}

TEST(Verdict, ZeroEverywhereIsTheSame) {
  const CaseVerdict verdict = verdict_of(Values(10, 0.0), Values(3, 0.0), "exposed_communication");
  EXPECT_EQ(verdict.outcome, Outcome::same);
  EXPECT_FALSE(verdict.shift.has_value());
  EXPECT_NE(verdict.detail, "");
}

TEST(Verdict, WhatOneSideLacks) {
  const Baseline before = baseline_of(evidence_of({{numbered(0), about(1)}, {numbered(1), about(1)}}));
  const Evidence run = evidence_of({{numbered(1), about(1)}, {numbered(2), about(1)}});
  const Judgement judgement = judge(&before, run, {});
  ASSERT_EQ(judgement.cases.size(), 3U);
  EXPECT_EQ(judgement.cases[0].outcome, Outcome::no_baseline);
  EXPECT_EQ(judgement.cases[0].name, name(numbered(2)));
  EXPECT_EQ(judgement.cases[1].outcome, Outcome::missing);
  EXPECT_EQ(judgement.cases[1].name, name(numbered(0)));
  EXPECT_NE(judgement.cases[1].detail, "");
  EXPECT_EQ(judgement.cases[2].outcome, Outcome::same);
  EXPECT_EQ(judgement.count(Outcome::missing), 1U);
  const Judgement alone = judge(nullptr, run, {});
  EXPECT_EQ(alone.count(Outcome::no_baseline), 2U);
  EXPECT_TRUE(alone.base.empty());
}

TEST(Verdict, ARunWithoutAnyCaseMissesAllOfThem) {
  const Baseline before = baseline_of(evidence_of({{numbered(0), about(1)}}));
  Evidence run = evidence_of({{numbered(0), about(1)}});
  run.cases.clear();
  run.values.at("time").clear();
  EXPECT_EQ(judge(&before, run, {}).count(Outcome::missing), 1U);
}

TEST(Verdict, WrongDataOutweighsAnySpeed) {
  const Baseline before = baseline_of(evidence_of({{numbered(0), about(1)}}));
  Evidence run = evidence_of({{numbered(0), about(0.5)}});
  std::vector<std::string>& wrong = run.values.at("time").at(name(numbered(0))).wrong;
  wrong = {"launch a: 3 wrong elements"};
  EXPECT_EQ(judge(&before, run, {}).cases.at(0).outcome, Outcome::wrong_data);
  EXPECT_EQ(judge(nullptr, run, {}).cases.at(0).outcome, Outcome::wrong_data);
  EXPECT_EQ(judge(&before, run, {}).cases.at(0).detail, "launch a: 3 wrong elements");
  wrong.emplace_back("launch b: 1 wrong element");
  EXPECT_EQ(judge(&before, run, {}).cases.at(0).detail, "launch a: 3 wrong elements (and in 1 more launch)");
  wrong.emplace_back("launch c: 1 wrong element");
  EXPECT_EQ(judge(&before, run, {}).cases.at(0).detail, "launch a: 3 wrong elements (and in 2 more launches)");
}

TEST(Verdict, TheGravestComeFirstThenTheLargest) {
  const Values steps[] = {about(1.1), about(1), about(0.5), about(1.3), about(1.1, 0.2)};
  std::vector<std::pair<Case, Values>> base, run;
  for (std::size_t i = 0; i < std::size(steps); ++i) {
    base.emplace_back(numbered(i), i == 4 ? about(1, 0.2) : about(1));
    run.emplace_back(numbered(i), steps[i]);
  }
  const Baseline before = baseline_of(evidence_of(base));
  std::vector<std::string> order;
  for (const CaseVerdict& one : judge(&before, evidence_of(run), {}).cases) order.push_back(one.name);
  EXPECT_EQ(order, (std::vector{name(numbered(3)), name(numbered(0)), name(numbered(4)), name(numbered(2)),
                                name(numbered(1))}));
}

TEST(Verdict, TheExitCodeIsTheGravest) {
  const auto code = [](std::vector<Outcome> outcomes, bool strict, std::optional<bool> rule = {}) {
    Judgement judgement;
    for (const Outcome outcome : outcomes) judgement.cases.push_back({.name = "a case", .outcome = outcome});
    if (rule) judgement.rules.push_back({.rule = "a rule", .name = "a case", .passed = *rule, .detail = {}});
    return exit_code(judgement, strict);
  };
  using enum Outcome;
  for (const bool strict : {false, true}) {
    EXPECT_EQ(code({}, strict), ExitCode::ok);
    EXPECT_EQ(code({same, improved}, strict), ExitCode::ok);
    EXPECT_EQ(code({same}, strict, true), ExitCode::ok);
    EXPECT_EQ(code({same}, strict, false), ExitCode::regression) << "a failed rule";
    EXPECT_EQ(code({same, regressed, inconclusive}, strict), ExitCode::regression);
    EXPECT_EQ(code({regressed, wrong_data}, strict, false), ExitCode::wrong_data);
    for (const Outcome open : {inconclusive, no_baseline, missing}) {
      EXPECT_EQ(code({same, open}, strict), strict ? ExitCode::undecided : ExitCode::ok) << name(open);
      EXPECT_EQ(code({open}, strict, false), ExitCode::regression) << name(open);
    }
  }
}

/// One run of a gate: twenty cases of ten launches against ten, each launch 2 % off by chance; the first case slower.
Judgement simulated(Draws& draws, double slowdown) {
  constexpr std::size_t cases = 20;
  constexpr std::size_t launches = 10;
  constexpr double noise = 0.02;
  std::vector<std::pair<Case, Values>> base, run;
  for (std::size_t i = 0; i < cases; ++i) {
    base.emplace_back(numbered(i), draws.normals(launches, 1, noise));
    run.emplace_back(numbered(i), draws.normals(launches, 1, noise));
    if (i > 0) continue;
    for (double& value : run.back().second) value *= 1 + slowdown;
  }
  const Baseline before = baseline_of(evidence_of(base));
  return judge(&before, evidence_of(run), {});
}

TEST(Verdict, TheSameBuildHardlyEverRegresses) {
  constexpr std::uint64_t seed = 20260201;
  constexpr int runs = 2000;
  Draws draws{seed};
  int alarms = 0;
  for (int i = 0; i < runs; ++i) alarms += simulated(draws, 0).count(Outcome::regressed) > 0 ? 1 : 0;
  EXPECT_LT(alarms, runs / 100);
}

TEST(Verdict, ATenthSlowerIsCaught) {
  constexpr std::uint64_t seed = 20260202;
  constexpr int runs = 300;
  Draws draws{seed};
  int caught = 0;
  for (int i = 0; i < runs; ++i) {
    const Judgement judgement = simulated(draws, 0.1);
    const CaseVerdict& first = judgement.cases.at(0);
    caught += first.outcome == Outcome::regressed && first.name == name(numbered(0)) ? 1 : 0;
  }
  EXPECT_GE(caught, runs * 9 / 10);
}

}  // namespace
}  // namespace lanemark
