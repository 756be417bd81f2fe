// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Names and reasons come from files that anybody may have written; each output has characters that it cannot hold.

namespace lanemark {

/// What stands for a character that cannot be shown: U+FFFD.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

struct Character {
  char32_t code = 0;
  std::string_view bytes;  ///< of the text, or of the replacement character
};

/// The text's characters; each byte that is no UTF-8 (RFC 3629) counts as one replacement character. They are views
/// into the text.
std::vector<Character> characters_of(std::string_view text);

/// Of UTF-8 text; what is no UTF-8 counts as it comes.
std::size_t character_count(std::string_view text);

/// The text with U+FFFD for each byte that is no UTF-8.
std::string valid_utf8(std::string_view text);

/// C0, DEL and C1, with tabs and line breaks.
bool is_control(char32_t code);

/// What shows nothing by itself but can change what is shown beside it, or hide in it: marks, overrides and isolates of
/// a direction of writing, characters without width, variation selectors, tags, separators of lines; and what has no
/// meaning that two readers agree on: noncharacters and private use.
bool is_invisible(char32_t code);

/// The text with U+FFFD for characters that are invisible or control anything but lines and columns, and a plain blank
/// for each blank of another width; and, since services that read logs take ##[…], ##vso[…] and ##teamcity[…] anywhere
/// in a line for commands, U+FFFD for each # behind a #. Tabs and line breaks stay, for outputs that can spell them.
std::string printable(std::string_view text);

/// For a terminal or a log: printable and on one line, a blank for each tab and break; and however it is put into lines
/// and these are broken at blanks, none begins with "::", a command to GitHub Actions: U+FFFD for the first of these
/// colons.
std::string one_line(std::string_view text);

}  // namespace lanemark
