// SPDX-License-Identifier: MIT

#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "kernels/core/error.hpp"

namespace lanemark {

/// The enumerator whose name is `text`, where `names` holds them all in order. Throws UsageError that lists them;
/// `what` is what the user calls such a thing.
template <class Enum, std::size_t n>
Enum parse_name(std::string_view what, std::string_view text, const std::array<std::string_view, n>& names) {
  const auto* const found = std::ranges::find(names, text);
  if (found == names.end()) {
    throw UsageError(fmt::format("unknown {} '{}'; known: {}", what, text, fmt::join(names, ", ")));
  }
  return static_cast<Enum>(found - names.begin());
}

}  // namespace lanemark
