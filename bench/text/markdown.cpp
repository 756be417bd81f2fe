// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "bench/text/characters.hpp"
#include "bench/text/escapes.hpp"

namespace lanemark {
namespace {

constexpr std::string_view html = "<>&";

bool is_word_character(char c) {
  constexpr unsigned char ascii = 0x80;
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= ascii;
}

/// Whether the character at `at` ends what GitHub makes a link of: "www.…", "mailto:…", "xmpp:…", "GH-12".
bool ends_beginning_of_link(std::string_view word, std::size_t at) {
  constexpr std::array<std::string_view, 4> beginnings{"www.", "mailto:", "xmpp:", "gh-"};
  const std::size_t end = at + 1;
  return std::ranges::any_of(beginnings, [&](std::string_view one) {
    if (end < one.size() || (end > one.size() && is_word_character(word[end - one.size() - 1]))) return false;
    return std::ranges::equal(word.substr(end - one.size(), one.size()), one,
                              [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
  });
}

/// Whether GitHub would make something of the character at `at`, in the text or after rendering it, where no backslash
/// keeps it from that: a mention or an address (@name), an issue (#12), a formula ($x$), a link (https://…, www.…).
bool is_live(std::string_view word, std::size_t at) {
  const std::string_view rest = word.substr(at);
  if (rest.front() == '$') return true;
  if (rest.front() == '@' || rest.front() == '#') return rest.size() > 1 && is_word_character(rest[1]);
  return rest.starts_with("://") || ends_beginning_of_link(word, at);
}

bool is_live(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (is_live(word, i)) return true;
  }
  return false;
}

/// But for what a code span cannot hold, or not in a table and for all readers alike.
bool fits_code(std::string_view line) { return !line.empty() && line.find_first_of("`|<>&") == std::string_view::npos; }

std::string code(std::string_view line) { return fmt::format("`{}`", line); }

std::string escaped(char c) {
  constexpr std::string_view special = "\\`*_[]~#@|";
  if (html.find(c) != std::string_view::npos) return xml_text({&c, 1});
  return special.find(c) == std::string_view::npos ? std::string{c} : fmt::format("\\{}", c);
}

/// Where it cannot be code either, what makes it live is taken out.
std::string word_text(std::string_view word) {
  if (is_live(word) && fits_code(word)) return code(word);
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    text += is_live(word, i) ? std::string{replacement_character} : escaped(word[i]);
  }
  return text;
}

}  // namespace

std::string markdown_text(std::string_view text) {
  const std::string line = one_line(text);
  std::string escaped;
  std::string_view rest = line;
  while (true) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    escaped += word_text(rest.substr(0, end));
    if (end == rest.size()) return escaped;
    escaped += ' ';
    rest.remove_prefix(end + 1);
  }
}

std::string markdown_line(std::string_view text) {
  std::string line = markdown_text(text);
  // Four blanks begin code.
  line.erase(0, line.find_first_not_of(' '));
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  const std::string_view behind = std::string_view{line}.substr(digits);
  const bool numbered = behind == "." || behind == ")" || behind.starts_with(". ") || behind.starts_with(") ");
  const std::size_t marker = numbered ? digits : 0;
  constexpr std::string_view begin_blocks = "-+=";
  if (marker > 0 || (!line.empty() && begin_blocks.find(line.front()) != std::string_view::npos)) {
    line.insert(marker, 1, '\\');
  }
  return line;
}

std::string markdown_code(std::string_view text) {
  const std::string line = one_line(text);
  return fits_code(line) ? code(line) : markdown_text(line);
}

}  // namespace lanemark
