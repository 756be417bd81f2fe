// SPDX-License-Identifier: MIT

#include "bench/text/escapes.hpp"

#include <gtest/gtest.h>

#include "bench/text/characters.hpp"
#include "bench/text/shown.hpp"

namespace lanemark {
namespace {

const std::string replacement{replacement_character};

TEST(OneLine, BeginsNoCommand) {
  EXPECT_EQ(one_line("::error::x"), replacement + ":error::x");
  EXPECT_EQ(one_line("a ::error::x\n::warning"), "a " + replacement + ":error::x " + replacement + ":warning");
  EXPECT_EQ(one_line("\xC2\xA0::error"), " " + replacement + ":error");
  EXPECT_EQ(one_line("std::bad_alloc fe80::1"), "std::bad_alloc fe80::1");
  EXPECT_EQ(one_line("##[error] ###[x] a#b #1"),
            "#" + replacement + "[error] #" + replacement + replacement + "[x] a#b #1");
  const std::string once = one_line("::a ##[b] \x1b");
  EXPECT_EQ(one_line(once), once);
}

TEST(OneLine, HasNothingInvisible) {
  for (const char32_t code : {0xADU, 0x200BU, 0x200EU, 0x202EU, 0x2066U, 0x61CU, 0xFEFFU, 0xFDD0U, 0xFFFEU, 0x1FFFFU,
                              0xE0041U, 0xE000U, 0xFE0FU, 0x3164U}) {
    EXPECT_TRUE(is_invisible(code)) << static_cast<unsigned>(code);
  }
  for (const char32_t code : {0x20U, 0x41U, 0xB5U, 0xB1U, 0x2026U, 0x2581U, 0x4E00U, 0xFFFDU, 0x1F600U}) {
    EXPECT_FALSE(is_invisible(code)) << static_cast<unsigned>(code);
  }
  EXPECT_EQ(one_line("a\xE2\x80\xA8"
                     "b\xE2\x80\x89"
                     "c\xE2\x80\xAE"
                     "d"),
            "a b c" + replacement + "d");
}

TEST(Shown, IsCutBehindWholeCharacters) {
  EXPECT_EQ(shown("äöü", 3), "äöü");
  EXPECT_EQ(shown("äöüß", 3), "äöü…");
  EXPECT_EQ(shown(std::string(1'000'000, 'a'), 2), "aa…");
  EXPECT_EQ(shown("\xFF\xFF", 1), replacement + "…");
  EXPECT_EQ(in_quotes("a\nb"), "'a b'");
}

TEST(CsvField, IsNoFormulaAndANumberIsItself) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("a\r\n::b\rc\td"), "\"a\r\n" + replacement + ":b c d\"");
  EXPECT_EQ(csv_field("a\n=b"), "\"a\n'=b\"");
  for (const std::string number : {"1", "-1.5", "+2", "1e-05", "-inf", "inf", "nan", "", "-0"}) {
    EXPECT_EQ(csv_field(number), number);
  }
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
  EXPECT_EQ(csv_field("-2+3"), "'-2+3");
  EXPECT_EQ(csv_field("+-3"), "'+-3");
  EXPECT_EQ(csv_field("-"), "'-");
  EXPECT_EQ(csv_field("@SUM(A1,A2)"), "\"'@SUM(A1,A2)\"");
  EXPECT_EQ(csv_field("\t=1"), "' =1");
  EXPECT_EQ(csv_field("a; =1;-2"), "a;' =1;'-2");
  EXPECT_EQ(csv_field("all_reduce/nccl/float/1KiB/latency/ranks:4"), "all_reduce/nccl/float/1KiB/latency/ranks:4");
}

TEST(XmlText, Characters) {
  EXPECT_EQ(xml_text("<a b=\"c\" d='e'>&\n\t\r"), "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;&#10;&#9;&#13;");
  EXPECT_EQ(xml_text("\x01\x1b"), replacement + replacement);
  EXPECT_EQ(xml_text("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBDä"), replacement + replacement + replacement + "ä");
}

TEST(Annotation, EndsNowhereInside) {
  EXPECT_EQ(annotation_data("50%\r\n::error::x, y"), "50%25%0D%0A::error::x, y");
  EXPECT_EQ(annotation_property("50%\r\n::error::x, y"), "50%25%0D%0A%3A%3Aerror%3A%3Ax%2C y");
}

TEST(LabelValue, EndsNowhereInside) {
  EXPECT_EQ(label_value("a\"b\\c\nd,{e}"), "a\\\"b\\\\c\\nd,{e}");
  EXPECT_EQ(label_value("a\tb\rc\x1b"), "a b c" + replacement);
}

TEST(Markdown, TextIsTaken) {
  EXPECT_EQ(markdown_text("a_b*c <x> & `d`\n[e]|"), "a\\_b\\*c &lt;x&gt; &amp; \\`d\\` \\[e\\]\\|");
  EXPECT_EQ(markdown_text("E5-2690 @ 2.60GHz # x"), "E5-2690 \\@ 2.60GHz \\# x");
  EXPECT_EQ(markdown_text("see https://a.b and @me, #12 www.c GH-1 $x$ d@e"),
            "see `https://a.b` and `@me,` `#12` `www.c` `GH-1` `$x$` `d@e`");
  EXPECT_EQ(markdown_text("high-speed links, awww."), "high-speed links, awww.");
  EXPECT_EQ(markdown_text("<@me>"), "&lt;" + replacement + "me&gt;");
  EXPECT_EQ(markdown_text("|https://a.b|"), "\\|https" + replacement + "//a.b\\|");
}

TEST(Markdown, LinesBeginNoBlock) {
  EXPECT_EQ(markdown_line("1. a"), "1\\. a");
  EXPECT_EQ(markdown_line("12) a"), "12\\) a");
  EXPECT_EQ(markdown_line("- a"), "\\- a");
  EXPECT_EQ(markdown_line("+ a"), "\\+ a");
  EXPECT_EQ(markdown_line("==="), "\\===");
  EXPECT_EQ(markdown_line("     a"), "a");
  EXPECT_EQ(markdown_line("8 x GPU"), "8 x GPU");
  EXPECT_EQ(markdown_line("1.5 s"), "1.5 s");
  EXPECT_EQ(markdown_line("1."), "1\\.");
}

TEST(Markdown, CodeIsWhatFitsIntoIt) {
  EXPECT_EQ(markdown_code("a_b@c"), "`a_b@c`");
  EXPECT_EQ(markdown_code("a`b"), "a\\`b");
  EXPECT_EQ(markdown_code("a|b\\"), "a\\|b\\\\");
  EXPECT_EQ(markdown_code("<a>"), "&lt;a&gt;");
  EXPECT_EQ(markdown_code(""), "");
}

/// A line as a spreadsheet reads it: quotes mean something at a cell's beginning, and what follows them is part of it.
std::vector<std::string> cells_of(const std::string& line, char delimiter) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  bool begins = true;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool doubled = quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"';
    if (begins && line[i] == '"') quoted = true;
    else if (doubled) cells.back() += line[++i];
    else if (quoted && line[i] == '"') quoted = false;
    else if (!quoted && line[i] == delimiter) cells.emplace_back();
    else cells.back() += line[i];
    begins = !quoted && line[i] == delimiter;
  }
  return cells;
}

TEST(Csv, NoCellIsAFormulaWhateverSeparatesCells) {
  for (const char* const hostile :
       {"v,;\"=HYPERLINK(0)\"", "a;\"=1+1\"", "a; \"\" =1", "a;\"\"\"=1", "\"=1", "a;-2", "a,\"x\";\"+1\",b", "a\t\"=1",
        "a\t;\"@SUM(1)", "=1;=1", "\";\"=1;\"", "a,=1", "a;\"＝1"}) {
    // What follows a part of ours would be read with it: -2,5*HYPERLINK(0).
    const std::string line = "0123," + csv_field(hostile) + ',' + csv_field("5*HYPERLINK(0)");
    for (const char delimiter : {';', ',', '\t'}) {
      for (const std::string& cell : cells_of(line, delimiter)) {
        const auto begin = cell.find_first_not_of(" ");
        const std::string rest = begin == std::string::npos ? "" : cell.substr(begin);
        const bool formula = !rest.empty() && std::string_view{"=+-@"}.find(rest.front()) != std::string_view::npos;
        EXPECT_FALSE(formula || rest.starts_with("＝")) << line << " by " << delimiter << ": " << cell;
      }
    }
  }
  EXPECT_EQ(cells_of("0,\"a\"\"b\",c", ','), (std::vector<std::string>{"0", "a\"b", "c"}));
}

}  // namespace
}  // namespace lanemark
