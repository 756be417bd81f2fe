// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Values that come from a file, a path, the environment or the command line, where a message names them.

namespace lanemark {

inline constexpr std::size_t longest_value = 200;  ///< characters that say which value is meant

/// The text as one_line, cut behind so many characters, with "…" in place of the rest.
std::string shown(std::string_view text, std::size_t most = longest_value);

/// The same in single quotes.
std::string in_quotes(std::string_view text);

}  // namespace lanemark
