#include "bench/report/gate/xml.hpp"

#include <fmt/format.h>

#include "bench/report/gate/characters.hpp"

namespace lanemark {

std::string xml_text(std::string_view text) {
  constexpr char32_t not_characters = 0xFFFE;  // and U+FFFF
  std::string escaped;
  for (const Character& one : characters_of(text)) {
    switch (one.code) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&apos;"; break;
      // As they are they would read as blanks in an attribute.
      case '\t':
      case '\n':
      case '\r': escaped += fmt::format("&#{};", static_cast<unsigned>(one.code)); break;
      default:
        escaped += one.code < ' ' || (one.code | 1U) == (not_characters | 1U) ? replacement_character : one.bytes;
    }
  }
  return escaped;
}

}  // namespace lanemark
