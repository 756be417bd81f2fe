// SPDX-License-Identifier: MIT

#include "bench/text/quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "bench/text/numbers.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

double parse_share(std::string_view text, std::string_view what) {
  const bool percent = text.ends_with('%');
  const std::optional<double> value = decimal_number(text.substr(0, text.size() - (percent ? 1 : 0)));
  const double share = value.value_or(0) / (percent ? 100 : 1);
  if (share > 0 && share <= 1) return share;
  throw UsageError(fmt::format("{} {}: must be a share above 0 and at most 100%, e.g. 1%", what, in_quotes(text)));
}

Seconds parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> units{
      {{"ms", 1e-3}, {"min", 60}, {"h", 3600}, {"s", 1}}};
  const auto* const unit = std::ranges::find_if(units, [&](const auto& one) { return text.ends_with(one.first); });
  const std::size_t suffix = unit == units.end() ? 0 : unit->first.size();
  const std::optional<double> value = decimal_number(text.substr(0, text.size() - suffix));
  const double seconds = value.value_or(0) * (unit == units.end() ? 1 : unit->second);
  if (seconds > 0) return Seconds{seconds};
  throw UsageError(fmt::format("time {}: must be above 0, e.g. 60s or 2min", in_quotes(text)));
}

}  // namespace lanemark
