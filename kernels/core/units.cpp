// SPDX-License-Identifier: MIT

#include "kernels/core/units.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

struct Unit {
  char letter;
  unsigned shift;
};
constexpr std::array<Unit, 4> units{{{'T', 40}, {'G', 30}, {'M', 20}, {'K', 10}}};

[[noreturn]] void refuse(std::string_view text, std::string_view cause) {
  throw UsageError(fmt::format("size '{}': {}; write bytes or a binary unit, e.g. 8, 4KiB, 25MiB, 1GiB", text, cause));
}

unsigned shift_of(std::string_view text, std::string_view unit) {
  if (unit.empty() || unit == "B") return 0;
  for (const Unit& known : units) {
    if (std::toupper(static_cast<unsigned char>(unit.front())) != known.letter) continue;
    const std::string_view rest = unit.substr(1);
    if (rest.empty() || rest == "iB" || rest == "i" || rest == "B") return known.shift;
  }
  refuse(text, fmt::format("unknown unit '{}'", unit));
}

}  // namespace

Bytes parse_bytes(std::string_view text) {
  if (!text.empty() && text.front() == '-') refuse(text, "negative");
  std::uint64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status == std::errc::result_out_of_range) refuse(text, "too large");
  if (status != std::errc{}) refuse(text, "not a number");
  const unsigned shift = shift_of(text, text.substr(static_cast<std::size_t>(end - text.data())));
  constexpr unsigned usable_bits = 63;
  if (number >> (usable_bits - shift) != 0) refuse(text, "too large");
  return Bytes{number << shift};
}

std::string size_name(Bytes bytes) {
  for (const Unit& unit : units) {
    if (bytes.value != 0 && bytes.value % (std::uint64_t{1} << unit.shift) == 0) {
      return fmt::format("{}{}iB", bytes.value >> unit.shift, unit.letter);
    }
  }
  return fmt::format("{}B", bytes.value);
}

}  // namespace lanemark
