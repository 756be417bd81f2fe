// SPDX-License-Identifier: MIT

#include "bench/text/characters.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lanemark {
namespace {

/// A sequence's first byte says its length; `least` refuses spellings that are longer than need be.
struct Lead {
  std::uint8_t mask, bits;
  std::size_t length;
  char32_t least;
};
constexpr std::array<Lead, 4> leads{
    {{0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}}};

constexpr unsigned continuation_mask = 0xC0;
constexpr unsigned continuation = 0x80;
constexpr unsigned payload_bits = 6;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & continuation_mask) == continuation; }

bool is_scalar(char32_t code) {
  constexpr char32_t surrogates = 0xD800;
  constexpr char32_t behind_surrogates = 0xE000;
  constexpr char32_t largest = 0x10FFFF;
  return code <= largest && (code < surrogates || code >= behind_surrogates);
}

/// The first character of a text that is not empty.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  constexpr Character broken{0xFFFD, replacement_character};
  for (const Lead& lead : leads) {
    if ((byte(0) & lead.mask) != lead.bits) continue;
    if (text.size() < lead.length) return broken;
    char32_t code = byte(0) & static_cast<std::uint8_t>(~lead.mask);
    for (std::size_t i = 1; i < lead.length; ++i) {
      if ((byte(i) & continuation_mask) != continuation) return broken;
      code = (code << payload_bits) | (byte(i) & static_cast<std::uint8_t>(~continuation_mask));
    }
    return code >= lead.least && is_scalar(code) ? Character{code, text.substr(0, lead.length)} : broken;
  }
  return broken;
}

}  // namespace

std::vector<Character> characters_of(std::string_view text) {
  std::vector<Character> all;
  all.reserve(text.size());
  while (!text.empty()) {
    all.push_back(first_of(text));
    const bool broken = all.back().bytes.data() != text.data();
    text.remove_prefix(broken ? 1 : all.back().bytes.size());
  }
  return all;
}

std::size_t character_count(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  for (const Character& one : characters_of(text)) valid += one.bytes;
  return valid;
}

}  // namespace lanemark
