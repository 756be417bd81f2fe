// SPDX-License-Identifier: MIT

#include "bench/report/gate/junit.hpp"

#include <gtest/gtest.h>

#include "bench/text/characters.hpp"
#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/report/gate/golden.hpp"
#include "tests/bench/report/gate/well_formed.hpp"

namespace lanemark {
namespace {

TEST(GateJunit, Golden) { expect_golden("junit.xml", gate_junit(all_examples())); }

TEST(GateJunit, IsWellFormed) {
  EXPECT_EQ(WellFormed::fault(gate_junit(all_examples())), "");
  EXPECT_EQ(WellFormed::fault(gate_junit({})), "");
}

TEST(WellFormed, FindsFaults) {
  const std::string start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  EXPECT_EQ(WellFormed::fault(start + "<a b=\"&lt;\"><c/></a>\n"), "");
  for (const char* bad : {"<a>", "<a></b>", "</a>", "<a/><b/>", "<a b=c/>", "<a b=\"&x;\"/>", "<a b=\"<\"/>", "x<a/>",
                          R"(<a b="1" b="2"/>)", "<a b=\"\x01\"/>", R"(<a b="1"c="2"/>)", ""}) {
    EXPECT_NE(WellFormed::fault(start + bad), "") << bad;
  }
}

TEST(GateJunit, EveryByteCanBePartOfAName) {
  Judgement judgement = empty_judgement();
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  judgement.cases = {regressed(all + "\xEF\xBF\xBE\xEF\xBF\xBF")};
  judgement.changed = {all};
  const std::string text = gate_junit({&judgement, 1});
  EXPECT_EQ(WellFormed::fault(text), "");
  EXPECT_EQ(valid_utf8(text), text);
}

TEST(GateJunit, TimeIsTheRunsMedian) {
  Judgement judgement = empty_judgement();
  judgement.cases = {same("a/b"), cannot_tell("a/c")};
  const std::string text = gate_junit({&judgement, 1});
  EXPECT_NE(text.find("name=\"a/b\" time=\"0.002001000\"/>"), std::string::npos) << text;
  EXPECT_NE(text.find("name=\"a/c busbw\">"), std::string::npos) << text;
  EXPECT_NE(text.find("<testsuite name=\"lanemark.0123456789abcdef.a\" tests=\"2\" failures=\"0\" errors=\"0\" "
                      "skipped=\"1\" time=\"0.002001000\""),
            std::string::npos)
      << text;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(GateJunit, WhatIsSaidOfAllStandsOnceForEachMachine) {
  Judgement judgement = empty_judgement();
  judgement.run = {launch_summary("0123456789abcdef")};
  judgement.cases = {same("a/1"), same("b/1"), same("c/1"), same("a/2")};
  const std::vector<Judgement> two{judgement, judgement};
  const std::string text = gate_junit(two);
  EXPECT_EQ(count_of(text, "<testsuite "), 6U);
  EXPECT_EQ(count_of(text, "name=\"version.nccl\""), 2U);
  EXPECT_EQ(count_of(text, "<property name=\"fingerprint\""), 6U);
  EXPECT_LT(text.find("version.nccl"), text.find("b\" tests")) << "in the first suite";
}

}  // namespace
}  // namespace lanemark
