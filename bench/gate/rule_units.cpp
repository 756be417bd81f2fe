// SPDX-License-Identifier: MIT

#include "bench/gate/rule_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

struct Prefix {
  std::string_view text;
  double factor;
};

constexpr std::array<Prefix, 5> of_seconds{{{"n", 1e-9}, {"u", 1e-6}, {"µ", 1e-6}, {"m", 1e-3}, {"", 1}}};
constexpr std::array<Prefix, 9> of_bytes{{{"", 1},
                                          {"k", 1e3},
                                          {"M", 1e6},
                                          {"G", 1e9},
                                          {"T", 1e12},
                                          {"Ki", 0x1p10},
                                          {"Mi", 0x1p20},
                                          {"Gi", 0x1p30},
                                          {"Ti", 0x1p40}}};
constexpr std::array<Prefix, 6> of_flops{{{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"P", 1e15}}};
constexpr std::array<Prefix, 3> of_samples{{{"", 1}, {"k", 1e3}, {"M", 1e6}}};
constexpr std::array<Prefix, 1> of_nothing{{{"%", 0.01}}};

std::span<const Prefix> prefixes(const Metric& metric) {
  if (metric.unit == "s") return of_seconds;
  if (metric.unit == "B" || metric.unit == "B/s") return of_bytes;
  if (metric.unit == "FLOP/s") return of_flops;
  if (metric.unit == "samples/s") return of_samples;
  return of_nothing;
}

}  // namespace

double unit_factor(const Metric& metric, std::string_view unit) {
  if (unit.ends_with(metric.unit)) {
    const std::string_view prefix = unit.substr(0, unit.size() - metric.unit.size());
    const std::span<const Prefix> known = prefixes(metric);
    const auto found = std::ranges::find(known, prefix, &Prefix::text);
    if (found != known.end()) return found->factor;
  }
  throw UsageError(fmt::format("{} is no unit of {}; write {}", in_quotes(unit), metric.name, units_of(metric)));
}

std::string units_of(const Metric& metric) {
  std::string units;
  for (const Prefix& prefix : prefixes(metric)) {
    units += fmt::format("{}{}{}", units.empty() ? "" : ", ", prefix.text, metric.unit);
  }
  return units;
}

}  // namespace lanemark
