// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <iterator>

#include "bench/text/characters.hpp"

namespace lanemark {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t n>
bool in(char32_t code, const std::array<Range, n>& ranges) {
  const auto* const next = std::ranges::upper_bound(ranges, code, {}, &Range::first);
  return next != ranges.begin() && code <= std::prev(next)->last;
}

/// Unicode's general category Zs but the blank itself, and its separators of lines and paragraphs.
constexpr std::array<Range, 7> other_blanks{{{0x00A0, 0x00A0},
                                             {0x1680, 0x1680},
                                             {0x2000, 0x200A},
                                             {0x2028, 0x2029},
                                             {0x202F, 0x202F},
                                             {0x205F, 0x205F},
                                             {0x3000, 0x3000}}};

/// Unicode's property Default_Ignorable_Code_Point and its category Cf (Unicode 15), interlinear annotations, the
/// braille pattern without dots, private use, and the noncharacters of the first plane.
constexpr std::array<Range, 29> without_shape{
    {{0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x0600, 0x0605},   {0x061C, 0x061C},   {0x06DD, 0x06DD},
     {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
     {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F},   {0x2800, 0x2800},
     {0x3164, 0x3164},   {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
     {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},
     {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF}}};

bool is_noncharacter(char32_t code) {
  constexpr char32_t in_plane = 0xFFFF;
  constexpr char32_t first_of_two = 0xFFFE;
  return (code & in_plane) >= first_of_two;
}

bool is_break(char32_t code) { return code == '\t' || code == '\n' || code == '\r'; }

/// The character as printable text has it.
std::string_view visible(const Character& one) {
  if (is_break(one.code)) return one.bytes;
  if (in(one.code, other_blanks)) return " ";
  return is_control(one.code) || is_invisible(one.code) ? replacement_character : one.bytes;
}

}  // namespace

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

bool is_invisible(char32_t code) { return in(code, without_shape) || is_noncharacter(code); }

std::string printable(std::string_view text) {
  std::string all;
  char32_t before = 0;
  for (const Character& one : characters_of(text)) {
    const bool again = one.code == '#' && before == '#';
    all += again ? replacement_character : visible(one);
    before = one.code;
  }
  return all;
}

std::string one_line(std::string_view text) {
  std::string line = printable(text);
  std::ranges::replace_if(
      line, [](char c) { return is_break(static_cast<unsigned char>(c)); }, ' ');
  for (std::size_t at = line.find("::"); at != std::string::npos; at = line.find("::", at + 1)) {
    if (at == 0 || line[at - 1] == ' ') line.replace(at, 1, replacement_character);
  }
  return line;
}

}  // namespace lanemark
