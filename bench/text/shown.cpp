// SPDX-License-Identifier: MIT

#include "bench/text/shown.hpp"

#include <fmt/format.h>

#include <vector>

#include "bench/text/characters.hpp"

namespace lanemark {

std::string shown(std::string_view text, std::size_t most) {
  // A character has at most four bytes: what is far beyond the end need not be looked at.
  constexpr std::size_t longest_character = 4;
  std::string line = one_line(text.substr(0, (most + 1) * longest_character));
  const std::vector<Character> all = characters_of(line);
  if (all.size() <= most) return line;
  return line.substr(0, static_cast<std::size_t>(all[most].bytes.data() - line.data())) + "…";
}

std::string in_quotes(std::string_view text) { return fmt::format("'{}'", shown(text)); }

}  // namespace lanemark
