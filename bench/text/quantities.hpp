// SPDX-License-Identifier: MIT

#pragma once

#include <string_view>

#include "kernels/core/units.hpp"

namespace lanemark {

/// "1%" or "0.01" as 0.01. Throws UsageError, which calls it `what`, unless it is above 0 and at most 1.
double parse_share(std::string_view text, std::string_view what = "share");
/// "60s", "2min", "500ms" or plain seconds. Throws UsageError unless it is above 0.
Seconds parse_duration(std::string_view text);

}  // namespace lanemark
