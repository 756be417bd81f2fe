// SPDX-License-Identifier: MIT

#include "bench/text/characters.hpp"

#include <gtest/gtest.h>

namespace lanemark {
namespace {

TEST(Characters, KeepWhatIsUtf8) {
  for (const std::string_view text : {"", "abc\n", "ä", "€", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
    EXPECT_EQ(valid_utf8(text), text);
  }
  EXPECT_EQ(characters_of("aä€\xF0\x9F\x98\x80")[3].code, 0x1F600U);
}

TEST(Characters, ReplaceEachByteThatIsNot) {
  const std::string bad{replacement_character};
  EXPECT_EQ(valid_utf8("a\xFFz"), "a" + bad + "z");
  EXPECT_EQ(valid_utf8("\xC3"), bad);                        // cut off
  EXPECT_EQ(valid_utf8("\xC3z"), bad + "z");                 // no continuation
  EXPECT_EQ(valid_utf8("\xC0\x80"), bad + bad);              // longer than need be
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), bad + bad + bad);    // a surrogate
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80").size(), 4 * 3U);  // beyond U+10FFFF
  EXPECT_EQ(valid_utf8("\x80"), bad);                        // continues nothing
}

TEST(Characters, OneLine) {
  EXPECT_EQ(one_line("a\r\n\tb"), "a   b");
  EXPECT_EQ(one_line("\x1b[31m\x7f\xC2\x9B"), "\xEF\xBF\xBD[31m\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(one_line("ä"), "ä");
}

TEST(Characters, AreCountedWhateverTheirBytes) {
  EXPECT_EQ(character_count(""), 0U);
  EXPECT_EQ(character_count("aä€\xF0\x9F\x98\x80"), 4U);
}

}  // namespace
}  // namespace lanemark
