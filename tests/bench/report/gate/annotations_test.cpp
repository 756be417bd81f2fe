// SPDX-License-Identifier: MIT

#include "bench/report/gate/annotations.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/report/gate/golden.hpp"

namespace lanemark {
namespace {

TEST(GateAnnotations, Golden) { expect_golden("annotations.txt", gate_annotations(all_examples())); }

TEST(GateAnnotations, TheWorstTenOfAllMachinesAndHowManyMore) {
  std::vector<Judgement> judgements{empty_judgement(), empty_judgement()};
  for (int i = 0; i < 11; ++i) judgements[0].cases.push_back(regressed("small", 0.1));
  judgements[0].rules = {{"a rule", "", false, "detail"}};
  judgements[1].cases = {regressed("large", 2)};
  const std::string text = gate_annotations(judgements);
  EXPECT_TRUE(text.starts_with("::error title=REGRESSED large::")) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 11);
  EXPECT_TRUE(text.ends_with("::notice title=More findings::3 more: 2 regressed, 1 failed rule\n")) << text;
}

TEST(GateAnnotations, NothingWhereAllIsWell) {
  Judgement judgement = empty_judgement();
  judgement.cases = {same("a")};
  EXPECT_EQ(gate_annotations({&judgement, 1}), "");
}

}  // namespace
}  // namespace lanemark
