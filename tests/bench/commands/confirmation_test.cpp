// SPDX-License-Identifier: MIT

#include "bench/commands/confirmation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <tuple>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

Judgement flagged(std::size_t base_launches) {
  Judgement judgement;
  judgement.cases.push_back({.name = "a case",
                             .metric = &metric("time"),
                             .outcome = Outcome::regressed,
                             .base = std::vector<double>(base_launches, 1),
                             .run = std::vector<double>(base_launches, 2)});
  return judgement;
}

TEST(Confirmation, NothingIsRunWhereNothingHasRegressed) {
  Judgement judgement = flagged(10);
  judgement.cases.front().outcome = Outcome::improved;
  confirm(judgement, {}, {}, {.launches = 2, .results = {}, .metrics = {}});
  EXPECT_FALSE(judgement.confirmed);
  EXPECT_EQ(judgement.cases.front().outcome, Outcome::improved);
}

TEST(Confirmation, LaunchesTooFewToRegressLeaveWhatIsKnown) {
  // 2 / C(12, 2) = 0.03, 2 / C(13, 3) = 0.007; 2 / C(8, 4) = 0.03, 2 / C(9, 5) = 0.016, 2 / C(10, 6) = 0.0095
  for (const auto& [base, launches, enough] : {std::tuple{10, 2, 3}, {4, 4, 6}, {10, 1, 3}}) {
    Judgement judgement = flagged(static_cast<std::size_t>(base));
    confirm(judgement, {}, {}, {.launches = launches, .results = {}, .metrics = {}});
    const CaseVerdict& one = judgement.cases.front();
    EXPECT_NE(one.detail.find(fmt::format("at least {}", enough)), std::string::npos) << one.detail;
    EXPECT_EQ(one.outcome, Outcome::regressed);
    EXPECT_FALSE(judgement.confirmed);
  }
}

}  // namespace
}  // namespace lanemark
