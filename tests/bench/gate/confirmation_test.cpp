#include "bench/gate/confirmation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <tuple>

#include "bench/case_filter.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

TEST(Confirmation, AFilterOfNamesMatchesThemAndNoOthers) {
  const std::string plain = "all_reduce/nccl/float/8B/latency/ranks:4";
  const std::string special = R"(.[]{}()\*+?^$|/-,:;<>=!~@#%&"'` _)";
  const CaseFilter filter{exactly({plain, special, "-minus", "é\t"})};
  for (const std::string& name : {plain, special, std::string{"-minus"}, std::string{"é\t"}}) {
    EXPECT_TRUE(filter(name)) << name;
    EXPECT_FALSE(filter(name + "0")) << name;
    EXPECT_FALSE(filter("x" + name)) << name;
    EXPECT_FALSE(filter(name.substr(0, name.size() - 1))) << name;
  }
  EXPECT_FALSE(filter(""));
  EXPECT_FALSE(filter(plain + "|" + special));
}

TEST(Confirmation, NoCharacterStandsForAnother) {
  for (int code = 1; code < 128; ++code) {
    const std::string name = fmt::format("a{}b", static_cast<char>(code));
    const CaseFilter filter{exactly({name})};
    for (int other = 1; other < 128; ++other) {
      const std::string candidate = fmt::format("a{}b", static_cast<char>(other));
      ASSERT_EQ(filter(candidate), code == other) << code << " and " << other;
    }
    ASSERT_FALSE(filter("ab")) << code;
    ASSERT_FALSE(filter("aab") && name != "aab") << code;
  }
}

TEST(Confirmation, ManyNamesAreNotTooMany) {
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back(fmt::format("all_reduce/nccl/float/{}B/bandwidth/ranks:4", 8 * i));
  const CaseFilter filter{exactly(names)};
  EXPECT_TRUE(filter(names.back()));
  EXPECT_FALSE(filter("all_reduce/nccl/float/7B/bandwidth/ranks:4"));
}

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
