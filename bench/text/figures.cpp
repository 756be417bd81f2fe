// SPDX-License-Identifier: MIT

#include "bench/text/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace lanemark {
namespace {

struct Scale {
  double factor;
  std::string_view unit;
};

/// The first scale, from the largest on, in which the value is at least one; else the last.
template <std::size_t N>
const Scale& scale_of(double value, const std::array<Scale, N>& scales) {
  constexpr double rounds_up = 0.99995;  // 0.99999 ms reads 1.000 ms, not 1000 us
  for (const Scale& scale : scales) {
    if (value >= scale.factor * rounds_up) return scale;
  }
  return scales.back();
}

constexpr std::array<Scale, 4> times{{{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
constexpr std::array<Scale, 5> amounts{{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}}};

/// Three significant digits, at most two decimals.
std::string short_figure(double value) {
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  return value >= 9.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

}  // namespace

std::string figure(double value) {
  if (value == 0) return "0";
  const double magnitude = std::abs(value);
  if (magnitude < 0.0005) return "<0.001";
  if (magnitude >= 999.95) return fmt::format("{:.0f}", value);
  if (magnitude >= 99.995) return fmt::format("{:.1f}", value);
  if (magnitude >= 9.9995) return fmt::format("{:.2f}", value);
  return fmt::format("{:.3f}", value);
}

std::string time_figure(Seconds time) {
  const Scale& scale = scale_of(time.count(), times);
  return fmt::format("{} {}", figure(time.count() / scale.factor), scale.unit);
}

std::string rate_figure(BytesPerSecond rate) { return figure(rate.value / 1e9); }

std::string amount_figure(Bytes amount) { return amounts_figure(amount, amount); }

std::string amounts_figure(Bytes first, Bytes second) {
  const Scale& scale = scale_of(static_cast<double>(std::max(first, second).value), amounts);
  const auto value = [&scale](Bytes amount) { return static_cast<double>(amount.value) / scale.factor; };
  if (scale.factor == 1) {
    return first == second ? fmt::format("{} B", first.value) : fmt::format("{}/{} B", first.value, second.value);
  }
  if (figure(value(first)) == figure(value(second))) return fmt::format("{} {}", figure(value(first)), scale.unit);
  return fmt::format("{}/{} {}", short_figure(value(first)), short_figure(value(second)), scale.unit);
}

std::string percent_figure(double share) { return fmt::format("{:.1f}", 100 * share); }

}  // namespace lanemark
