// SPDX-License-Identifier: MIT

#include "bench/report/gate/limited_text.hpp"

#include <gtest/gtest.h>

namespace lanemark {
namespace {

LimitedText with_room(std::size_t bytes) { return LimitedText{LimitedText::reserved() + bytes}; }

TEST(LimitedText, TakesWhatFits) {
  LimitedText text = with_room(8);
  text.block("(", {"ab", "cd"}, ")");
  text.block("", {"yz"});
  EXPECT_EQ(text.text(), "(abcd)yz");
}

TEST(LimitedText, CutsBetweenRowsAndClosesTheBlock) {
  LimitedText text = with_room(5);
  text.block("(", {"ab", "cd", "e"}, ")");
  EXPECT_EQ(text.text(), "(ab)\n2 more rows were left out: a summary holds so much and no more.\n");
}

TEST(LimitedText, NothingFollowsWhatWasLeftOut) {
  LimitedText text = with_room(4);
  text.block("", {"a"});
  text.block("", {"too long"});
  text.block("", {"b"});
  EXPECT_EQ(text.text(), "a\n2 more rows were left out: a summary holds so much and no more.\n");
}

TEST(LimitedText, ABlockWithoutRowsIsNone) {
  LimitedText text = with_room(9);
  text.block("before", {}, "after");
  EXPECT_EQ(text.text(), "");
}

}  // namespace
}  // namespace lanemark
