// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/gate/history.hpp"

namespace lanemark {

/// A table of commits for each series, its course at a glance, and "between 1a2b3c and 4d5e6f: +8.3 % (p 0.005),
/// worse".
std::string history_text(std::span<const Series> all);

/// RFC 4180 with a header, a row for each commit of each series, numbers in the metric's unit and exactly. `segment`
/// counts the changes up to the commit's last launch; `change` and `p` stand where that segment began.
std::string history_csv(std::span<const Series> all);

}  // namespace lanemark
