// SPDX-License-Identifier: MIT

#include "bench/report/gate/markdown.hpp"

#include <gtest/gtest.h>

#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/report/gate/golden.hpp"

namespace lanemark {
namespace {

std::size_t occurrences(const std::string& text, std::string_view of) {
  std::size_t count = 0;
  for (std::size_t at = text.find(of); at != std::string::npos; at = text.find(of, at + of.size())) ++count;
  return count;
}

Judgement large(std::size_t cases) {
  Judgement judgement = empty_judgement();
  for (std::size_t i = 0; i < cases; ++i) judgement.cases.push_back(regressed("case" + std::to_string(i) + "/ä"));
  return judgement;
}

TEST(GateMarkdown, Golden) { expect_golden("summary.md", gate_markdown(all_examples())); }

TEST(GateMarkdown, NothingComparedIsNotGreen) {
  const Judgement judgement = empty_judgement();
  const std::string text = gate_markdown({&judgement, 1});
  EXPECT_NE(text.find("⚠️ NOTHING COMPARED"), std::string::npos) << text;
  EXPECT_EQ(text.find("✅"), std::string::npos) << text;
}

TEST(GateMarkdown, StaysBelowTheLimitOfAStep) {
  constexpr std::size_t mebibyte = 1024UL * 1024;
  const Judgement judgement = large(40'000);
  const std::string text = gate_markdown({&judgement, 1});
  EXPECT_LT(text.size(), mebibyte);
  EXPECT_GT(text.size(), mebibyte / 2);
}

TEST(GateMarkdown, LeavesOutWholeRowsAndCountsThem) {
  constexpr std::size_t cases = 50;
  const Judgement judgement = large(cases);
  const std::size_t whole = gate_markdown({&judgement, 1}).size();
  for (std::size_t limit = 1024; limit < whole; limit += 7) {
    const std::string text = gate_markdown({&judgement, 1}, limit);
    ASSERT_LE(text.size(), limit);
    const std::size_t shown = occurrences(text, "`case");
    ASSERT_EQ(occurrences(text, "/ä`"), shown);
    const std::string left = std::to_string(cases - shown);
    ASSERT_TRUE(text.ends_with("\n" + left + " more row" + (left == "1" ? " was" : "s were") +
                               " left out: a summary holds so much and no more.\n"))
        << text;
  }
  EXPECT_EQ(gate_markdown({&judgement, 1}).find("left out:"), std::string::npos);
}

TEST(GateMarkdown, ClosesWhatItFolds) {
  std::vector<Judgement> judgements = all_examples();
  const std::size_t whole = gate_markdown(judgements).size();
  for (std::size_t limit = 1024; limit <= whole; limit += 11) {
    const std::string text = gate_markdown(judgements, limit);
    ASSERT_EQ(occurrences(text, "<details>"), occurrences(text, "</details>")) << limit;
  }
}

TEST(GateMarkdown, TheWorstOfAllMachinesComesBeforeTheSameOfAny) {
  std::vector<Judgement> judgements{empty_judgement(), empty_judgement()};
  judgements[0].cases = {same("first/same")};
  judgements[1].cases = {regressed("second/regressed")};
  const std::string text = gate_markdown(judgements);
  EXPECT_LT(text.find("second/regressed"), text.find("first/same"));
}

}  // namespace
}  // namespace lanemark
