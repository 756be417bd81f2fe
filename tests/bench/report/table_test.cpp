// SPDX-License-Identifier: MIT

#include "bench/report/table.hpp"

#include <gtest/gtest.h>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

Table example() {
  Table table{{{"name", Table::Align::left}, {"µs"}, {"unused"}, {"b|c", Table::Align::left}}};
  table.row({"ä", "1.5", "", "x"});
  table.note("below ä");
  table.row({"longer", "10.25", "", "y|z"});
  return table;
}

TEST(Table, Text) {
  EXPECT_EQ(example().render(Format::text),
            "  name       µs  b|c\n"
            "  ------  -----  ---\n"
            "  ä         1.5  x\n"
            "      below ä\n"
            "  longer  10.25  y|z\n");
}

TEST(Table, Markdown) {
  EXPECT_EQ(example().render(Format::markdown),
            "| name | µs | b\\|c |\n"
            "|:---|---:|:---|\n"
            "| ä | 1.5 | x |\n"
            "| longer | 10.25 | y\\|z |\n"
            "\n"
            "- below ä\n");
}

TEST(Table, RefusesWhatDoesNotFit) {
  Table table{{{"one"}, {"two"}}};
  EXPECT_THROW(table.row({"1"}), Error);
  EXPECT_THROW(table.note("of nothing"), Error);
}

TEST(Table, ColourTakesNoRoom) {
  Table table{{{"a"}, {"b"}}};
  Cell red{"mm"};
  red.colour = "1;31";
  table.row({red, "1"});
  table.row({"xyz", "22"});
  EXPECT_EQ(table.render(Format::text),
            "    a   b\n"
            "  ---  --\n"
            "   \x1b[1;31mmm\x1b[0m   1\n"
            "  xyz  22\n");
}

TEST(Table, OnlyItsOwnMarksAreNotEscaped) {
  Table table{{{"a|b"}, {"c", Table::Align::left}}};
  Cell marked{"x_y\x1b[31m"};
  marked.mark = "⚠️ ";
  table.row({marked, Cell::code("d_e")});
  table.row({"<f>", Cell::code("g`h")});
  table.note("- i_j");
  EXPECT_EQ(table.render(Format::markdown),
            "| a\\|b | c |\n"
            "|---:|:---|\n"
            "| ⚠️ x\\_y\xEF\xBF\xBD\\[31m | `d_e` |\n"
            "| &lt;f&gt; | g\\`h |\n"
            "\n"
            "- \\- i\\_j\n");
  EXPECT_EQ(table.render(Format::text).find('\x1b'), std::string::npos);
}

TEST(Lines, AreEscapedForTheirFormat) {
  EXPECT_EQ(heading("a_b\nc", 2, Format::markdown), "### a\\_b c\n\n");
  EXPECT_EQ(heading("::error", 2, Format::text), "\xEF\xBF\xBD:error\n");
  EXPECT_EQ(bullet("1. a", Format::markdown), "- 1\\. a\n");
  EXPECT_EQ(bullet("a\x1b", Format::text), "  a\xEF\xBF\xBD\n");
  EXPECT_EQ(paragraph("---", Format::markdown), "\\---\n");
  EXPECT_EQ(paragraph("", Format::markdown), "");
  EXPECT_EQ(paragraph("", Format::text), "");
}

TEST(Wrap, BreaksAtBlanks) {
  EXPECT_EQ(wrap("aa bb cc", 5), "aa bb\ncc\n");
  EXPECT_EQ(wrap("aa bb cc", 5, "  "), "  aa\n  bb\n  cc\n");
  EXPECT_EQ(wrap("muchlonger b", 3), "muchlonger\nb\n");
  EXPECT_EQ(wrap("ääää b", 6), "ääää b\n");
}

}  // namespace
}  // namespace lanemark
