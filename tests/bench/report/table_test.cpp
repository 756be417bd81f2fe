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
  table.row({"\x1b[1;31mmm\x1b[0m", "1"});
  table.row({"xyz", "22"});
  EXPECT_EQ(table.render(Format::text),
            "    a   b\n"
            "  ---  --\n"
            "   \x1b[1;31mmm\x1b[0m   1\n"
            "  xyz  22\n");
}

TEST(Wrap, BreaksAtBlanks) {
  EXPECT_EQ(wrap("aa bb cc", 5), "aa bb\ncc\n");
  EXPECT_EQ(wrap("aa bb cc", 5, "  "), "  aa\n  bb\n  cc\n");
  EXPECT_EQ(wrap("muchlonger b", 3), "muchlonger\nb\n");
  EXPECT_EQ(wrap("ääää b", 6), "ääää b\n");
}

}  // namespace
}  // namespace lanemark
