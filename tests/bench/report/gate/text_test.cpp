// SPDX-License-Identifier: MIT

#include "bench/report/gate/text.hpp"

#include <gtest/gtest.h>

#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/report/gate/golden.hpp"

namespace lanemark {
namespace {

TEST(GateText, Golden) { expect_golden("text.txt", gate_text(all_examples())); }

TEST(GateText, GoldenVerboseInColour) {
  expect_golden("text_verbose_colour.txt", gate_text(all_examples(), {.verbose = true, .colour = true}));
}

TEST(GateText, WhatIsTheSameIsOnlyCounted) {
  Judgement judgement = empty_judgement();
  judgement.cases = {regressed("worse"), same("one"), same("other")};
  const std::string text = gate_text({&judgement, 1});
  EXPECT_EQ(text.find("other"), std::string::npos);
  EXPECT_NE(text.find("\n2 comparisons are the same and not shown.\n"), std::string::npos);
  EXPECT_NE(gate_text({&judgement, 1}, {.verbose = true}).find("other"), std::string::npos);
}

TEST(GateText, SaysSoWhereThereIsNothing) {
  EXPECT_EQ(gate_text({}), "Nothing was compared: there are no launches.\n");
  Judgement judgement = empty_judgement();
  EXPECT_TRUE(gate_text({&judgement, 1}).starts_with("NOTHING COMPARED\n"));
}

TEST(GateText, NamesCannotReachTheTerminal) {
  Judgement judgement = full_judgement();
  judgement.changed = {"\x1b]0;title\x07"};
  EXPECT_EQ(gate_text({&judgement, 1}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace lanemark
