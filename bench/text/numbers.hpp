// SPDX-License-Identifier: MIT

#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>

// Numbers that users write. Everywhere the same few forms: other readers take "010" for 8, "0x10" for 16, " 8" and "+8"
// for 8, "8x" for 8 and what does not fit for the largest number there is.

namespace lanemark {

/// The number that the whole text is; nothing for blanks, a plus, a leading zero, another base, anything behind it, and
/// what does not fit.
template <class Integer>
std::optional<Integer> whole_number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  Integer value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The same of "0.5" and "1e-3", finite.
inline std::optional<double> decimal_number(std::string_view text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace lanemark
