// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json.hpp>

#include <array>
#include <cctype>
#include <cstddef>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "bench/text/characters.hpp"
#include "tests/bench/report/gate/well_formed.hpp"

// What somebody might write into a record, and what no output may have in it, whatever the record says.

namespace lanemark {

inline const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> all{
      "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;https://evil.example\x1b\\link",
      "\xC2\x9B"
      "31m C1 \xC2\x85 \x7f \b\b\b\v\f",
      "good\rbad\r\n::error file=a.cpp::broken\n::warning::x\n##[error]y",
      "::stop-commands::token",
      "  ::error title=t::after blanks",
      "\xC2\xA0\xE3\x80\x80::error::after wide blanks",
      "aaa ::error::in the middle, where a line may be broken " + std::string(130, 'w') + " ::error::after a long word",
      "##vso[task.setvariable variable=x]y ##teamcity[message] a##[group]b ###[x]",
      "<script>alert(1)</script><img src=x onerror=alert(1)>",
      "</summary></details><!-- ",
      "[click](https://evil.example) ![](http://evil.example/a.png) <https://evil.example>",
      "https://evil.example www.evil.example mailto:a@evil.example a@evil.example @everyone/team #12 GH-12 $x$",
      "<a@evil.example> `@everyone` |https://evil.example|",
      "# heading",
      "- list",
      "1. list",
      "1) list",
      "> quote",
      "---",
      "===",
      "+ list",
      "    code",
      "a|b|c",
      "a\\|b\\",
      "``` ` code |",
      "`",
      "**bold** _em_ ~~gone~~ [x]",
      "=HYPERLINK(\"https://evil.example\")",
      "+1+cmd|' /C calc'!A0",
      "-2+3",
      "@SUM(A1)",
      "\t=1+1",
      "\r=1+1",
      "\n=1+1",
      "x;=1+1;\t@y",
      "\xEF\xBC\x9D"
      "1+1",
      "+-1",
      "a\",\"b\",=1+1\n\"",
      "\xE2\x80\xAE"
      "desrever\xE2\x80\xAC \xE2\x81\xA6isolate\xE2\x81\xA9 \xE2\x80\x8E\xE2\x80\x8F\xD8\x9C",
      "zero\xE2\x80\x8Bwidth\xE2\x80\x8C\xE2\x80\x8D\xE2\x81\xA0\xEF\xBB\xBF\xC2\xAD\xCD\x8F\xEF\xB8\x8F\xE1\x85\x9F",
      "line\xE2\x80\xA8separator\xE2\x80\xA9paragraph::error::x\xE2\x80\xA8::error::y",
      "\xED\xA0\x80 surrogate \xEF\xBF\xBE\xEF\xBF\xBF\xEF\xB7\x90\xF3\xA0\x80\xA0\xF4\x8F\xBF\xBF\xEE\x80\x80",
      "\xFF\xC3(\xC0\x80\xF5 no UTF-8 \xE2\x82",
      std::string("zero\0byte", 9),
      "# EOF\nlanemark_cases{x=\"y\"} 1\n\\",
      "\"} 1\nlanemark_evil 1",
      "%0A::error::x %3A%25",
      "&lt;b&gt; &amp; &#60;script&#62; \"'",
  };
  return all;
}

/// Why a text is not to be shown to anybody: empty if it may be. `own` are pieces of the program's own that may be
/// there.
inline std::string fault_of_characters(std::string text, const std::vector<std::string>& own = {}) {
  for (const std::string& piece : own) {
    for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at)) {
      text.erase(at, piece.size());
    }
  }
  if (valid_utf8(text) != text) return "it is no UTF-8";
  for (const Character& one : characters_of(text)) {
    if (one.code == '\n') continue;
    if (is_control(one.code)) return "it has the control character " + std::to_string(one.code);
    // Said anew here: what is_invisible forgets is to be found.
    for (const auto& [first, last] : std::array<std::array<char32_t, 2>, 18>{{{0xA0, 0xA0},
                                                                              {0x2000, 0x200A},
                                                                              {0x202F, 0x202F},
                                                                              {0x3000, 0x3000},
                                                                              {0xAD, 0xAD},
                                                                              {0x34F, 0x34F},
                                                                              {0x61C, 0x61C},
                                                                              {0x115F, 0x1160},
                                                                              {0x200B, 0x200F},
                                                                              {0x2028, 0x202E},
                                                                              {0x2060, 0x206F},
                                                                              {0xD800, 0xDFFF},
                                                                              {0xE000, 0xF8FF},
                                                                              {0xFDD0, 0xFDEF},
                                                                              {0xFE00, 0xFE0F},
                                                                              {0xFEFF, 0xFEFF},
                                                                              {0xFFFE, 0xFFFF},
                                                                              {0xE0000, 0x10FFFF}}}) {
      if (one.code >= first && one.code <= last) return "it has the character " + std::to_string(one.code);
    }
  }
  return {};
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') lines.emplace_back();
    else lines.back() += c;
  }
  return lines;
}

/// Of text for a terminal or a log.
inline std::string fault_of_log(const std::string& text, const std::vector<std::string>& own = {}) {
  if (std::string fault = fault_of_characters(text, own); !fault.empty()) return fault;
  for (const std::string& line : lines_of(text)) {
    const std::size_t begin = line.find_first_not_of(" ");
    if (begin != std::string::npos && line.compare(begin, 2, "::") == 0) return "a line begins with ::";
    for (const std::string_view command : {"##[", "##vso", "##teamcity"}) {
      if (line.find(command) != std::string::npos) return "a line has " + std::string{command};
    }
  }
  return {};
}

/// The line without its code, and with a _ for what a backslash takes its meaning from.
inline std::string prose_of(const std::string& line) {
  std::string prose;
  bool code = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '`') code = !code;
    else if (code) continue;
    else if (line[i] == '\\' && i + 1 < line.size()) prose += line[++i] == '@' ? "@" : "_";
    else prose += line[i];
  }
  return code ? "`" : prose;
}

/// Of Markdown: tables of whole rows, nothing live.
inline std::string fault_of_markdown(const std::string& text) {
  const std::vector<std::string> own{"⚠️", "<details><summary>", "</summary>", "</details>", "<code>", "</code>"};
  if (std::string fault = fault_of_log(text, own); !fault.empty()) return fault;
  std::size_t cells = 0;
  for (std::string line : lines_of(text)) {
    for (std::size_t at = line.find("<code>"); at != std::string::npos; at = line.find("<code>")) {
      line.erase(at, line.find("</code>") - at);  // HTML's, in which there is no Markdown
    }
    for (const std::string& piece : own) {
      for (std::size_t at = line.find(piece); at != std::string::npos; at = line.find(piece))
        line.erase(at, piece.size());
    }
    if (line.find('<') != std::string::npos) return "HTML in " + line;
    const std::string prose = prose_of(line);
    for (const std::string_view live : {"`", "](", "![", "://", "www.", "mailto:", "GH-", "$", "**", "~~"}) {
      if (prose.find(live) != std::string::npos) return std::string{live} + " in " + line;
    }
    for (std::size_t i = 0; i + 1 < prose.size(); ++i) {
      const bool opens = prose[i] == '@' || (prose[i] == '#' && i > 0 && prose[i - 1] != '#');
      if (opens && std::isalnum(static_cast<unsigned char>(prose[i + 1])) != 0) return "live: " + line;
    }
    for (const std::string_view block : {"- -", "- +", "- #", "- >", "- 1.", "- 1)", "---", "===", "+", ">", "    "}) {
      if (prose.starts_with(block)) return "a block: " + line;
    }
    std::size_t pipes = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\') ++i;
      else if (line[i] == '|') ++pipes;
    }
    if (!line.starts_with('|')) {
      if (pipes > 0) return "a pipe outside a table: " + line;
      cells = 0;
      continue;
    }
    if (cells == 0) cells = pipes;
    if (pipes != cells) return "a row of other cells: " + line;
  }
  return {};
}

/// Why a spreadsheet would take the cell, or what stands behind a break or a semicolon in it, for a formula.
inline std::string fault_of_cell(std::string cell) {
  while (true) {
    const std::size_t begin = cell.find_first_not_of(" \t");
    const std::string rest = begin == std::string::npos ? "" : cell.substr(begin);
    const bool number = rest.find_first_not_of("+-0123456789.einfa") == std::string::npos && !rest.starts_with("+-");
    if (!rest.empty() && !number && std::string_view{"=+-@"}.find(rest.front()) != std::string_view::npos) return rest;
    if (rest.starts_with("\xEF\xBC\x9D")) return rest;
    const std::size_t next = cell.find_first_of(";\n");
    if (next == std::string::npos) return {};
    cell.erase(0, next + 1);
  }
}

/// Of CSV: rows of equally many cells, and no formulas.
inline std::string fault_of_csv(const std::string& text) {
  std::string log = text;
  for (std::size_t at = log.find("\r\n"); at != std::string::npos; at = log.find("\r\n")) log.erase(at, 1);
  if (std::string fault = fault_of_log(log); !fault.empty()) return fault;
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& cell = rows.back().back();
    if (quoted && text.compare(i, 2, "\"\"") == 0) cell += text[i++];
    else if (text[i] == '"') quoted = !quoted;
    else if (text[i] == ',' && !quoted) rows.back().emplace_back();
    else if (!quoted && text.compare(i, 2, "\r\n") == 0) {
      rows.emplace_back(1);
      ++i;
    } else {
      cell += text[i];
    }
  }
  if (quoted) return "a quote that is not closed";
  rows.pop_back();
  for (const std::vector<std::string>& row : rows) {
    if (row.size() != rows.front().size()) return "a row of other cells: " + row.front();
    for (const std::string& cell : row) {
      if (const std::string formula = fault_of_cell(cell); !formula.empty()) return "a formula: " + formula;
    }
  }
  return {};
}

inline std::string fault_of_metrics(const std::string& text) {
  if (std::string fault = fault_of_log(text); !fault.empty()) return fault;
  const std::regex line{
      R"(# (TYPE|UNIT|HELP) lanemark_[a-z_]+ .*|lanemark_[a-z_]+\{([a-z]+="(\\[\\n"]|[^\\"])*",?)*\} \S+)"};
  std::vector<std::string> lines = lines_of(text);
  if (lines.size() < 2 || !lines.back().empty() || lines[lines.size() - 2] != "# EOF") return "no end";
  lines.resize(lines.size() - 2);
  for (const std::string& one : lines) {
    if (!std::regex_match(one, line)) return one;
  }
  return {};
}

inline std::string fault_of_annotations(const std::string& text) {
  if (std::string fault = fault_of_characters(text); !fault.empty()) return fault;
  const std::vector<std::string> lines = lines_of(text);
  constexpr std::size_t most = 10 + 2 + 1;
  if (lines.size() > most) return "too many lines";
  for (const std::string& line : lines) {
    const bool own = line.starts_with("::error title=") || line.starts_with("::notice title=More findings::") ||
                     line.starts_with("::warning title=INCONCLUSIVE::");
    if (!line.empty() && !own) return line;
  }
  return {};
}

inline std::string fault_of_json(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > '~') return "not ASCII";
  }
  if (!nlohmann::json::accept(text)) return "no JSON";
  return fault_of_log(text);
}

inline std::string fault_of_output(std::string_view name, const std::string& text) {
  if (name == "markdown") return fault_of_markdown(text);
  if (name == "junit") return WellFormed::fault(text) + fault_of_log(text);
  if (name == "openmetrics") return fault_of_metrics(text);
  if (name == "github-annotations") return fault_of_annotations(text);
  return name.starts_with("csv") ? fault_of_csv(text) : fault_of_json(text);
}

}  // namespace lanemark
