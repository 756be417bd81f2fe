#pragma once

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

/// The text with U+FFFD for each byte that is no UTF-8.
std::string valid_utf8(std::string_view text);

/// C0, DEL and C1, with tabs and line breaks.
bool is_control(char32_t code);

/// On one line and without effect on a terminal: a blank for each tab and break, U+FFFD for other control characters.
std::string one_line(std::string_view text);

}  // namespace lanemark
