// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <string_view>

namespace lanemark {

enum class Colour { automatic, always, never };  ///< what the command line asks for

/// Of a variable of the environment; null where it is not set.
using EnvironmentLookup = std::function<const char*(const char* name)>;

/// Whether to write colours. `always` and `never` win over everything; then a NO_COLOR that is not empty forbids them
/// (https://no-color.org), a continuous-integration service's log has them, and else a terminal that is really one:
/// under a launcher every rank's output looks like a terminal, wherever it goes.
bool use_colour(Colour asked, const EnvironmentLookup& environment, bool is_terminal, bool under_launcher);

/// The flag's value: "auto", "always" or "never". Throws UsageError.
Colour colour_from(std::string_view flag);

}  // namespace lanemark
