// SPDX-License-Identifier: MIT

#include "bench/text/shown.hpp"

#include <gtest/gtest.h>

namespace lanemark {
namespace {

TEST(Shown, IsOneShortLineWhateverTheText) {
  EXPECT_EQ(shown("plain, käse"), "plain, käse");
  EXPECT_EQ(shown("two\nlines\x1b[31m"), "two lines\xEF\xBF\xBD[31m");
  EXPECT_EQ(shown("abcdef", 6), "abcdef");
  EXPECT_EQ(shown("abcdef", 5), "abcde…");
  EXPECT_EQ(shown("abkäse", 4), "abkä…") << "characters, not bytes";
  EXPECT_LT(shown(std::string(1'000'000, 'x')).size(), 210);
}

}  // namespace
}  // namespace lanemark
