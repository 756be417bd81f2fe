// SPDX-License-Identifier: MIT

#include "bench/gate/metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/text/figures.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Nothing for what no number is meant for: a case that was skipped, wrong data, a division by a time of zero.
std::optional<double> known(double value) { return std::isfinite(value) ? std::optional{value} : std::nullopt; }

std::optional<double> time(const Measurement& m) {
  if (!presentable(m)) return std::nullopt;
  return known(median(m).count());
}

std::optional<double> slow_time(const Measurement& m, Seconds (*of)(const Measurement&)) {
  if (!presentable(m)) return std::nullopt;
  return known(of(m).count());
}

std::optional<double> rate(const Measurement& m, double work) {
  const std::optional<double> spent = time(m);
  if (!spent || work <= 0) return std::nullopt;
  return known(work / *spent);
}

double bytes(const Measurement& m) { return static_cast<double>(m.work.bytes.value); }

/// A kernel has ceilings in place of a limit, and counts floating-point operations where they bound it.
std::optional<double> share(const Measurement& m) {
  if (!presentable(m)) return std::nullopt;
  if (const std::optional<double> of_limit = share_of_limit(m)) return known(*of_limit);
  const Ceiling* const most = ceiling(m, "measured");
  if (m.limit || most == nullptr || most->per_second <= 0) return std::nullopt;
  const std::optional<double> reached = rate(m, m.work.flops.value > 0 ? m.work.flops.value : bytes(m));
  return reached ? known(*reached / most->per_second) : std::nullopt;
}

std::optional<double> exposed(const Measurement& m) {
  if (!presentable(m)) return std::nullopt;
  const std::optional<Seconds> time_exposed = exposed_communication(m);
  return time_exposed ? known(time_exposed->count()) : std::nullopt;
}

std::optional<double> peak_memory(const Measurement& m) {
  if (!presentable(m) || !m.training || m.training->peak_memory.empty()) return std::nullopt;
  return static_cast<double>(std::ranges::max(m.training->peak_memory));
}

std::optional<double> throughput(const Measurement& m) {
  if (!presentable(m) || m.work.samples == 0) return std::nullopt;
  return known(samples_per_second(m));
}

std::optional<double> unevenness(const Measurement& m) {
  if (!presentable(m)) return std::nullopt;
  return known(mean(m) / median(m));
}

constexpr std::array<Metric, 11> table{{
    {"time", "s", Better::less, "median time of an operation or a step", time},
    {"p95", "s", Better::less, "time that 95 % of the samples stay below",
     [](const Measurement& m) { return slow_time(m, p95); }},
    {"p99", "s", Better::less, "time that 99 % of the samples stay below",
     [](const Measurement& m) { return slow_time(m, p99); }},
    {"algbw", "B/s", Better::more, "bytes of the operation over its median time",
     [](const Measurement& m) { return rate(m, bytes(m)); }},
    {"busbw", "B/s", Better::more, "algbw times the bus factor: what each wire carried",
     [](const Measurement& m) { return rate(m, bytes(m) * m.work.bus_factor); }},
    {"share_of_limit", "", Better::more, "busbw over the named limit; a kernel's rate over its first ceiling", share},
    {"flops", "FLOP/s", Better::more, "floating-point operations over the median time",
     [](const Measurement& m) { return rate(m, m.work.flops.value); }},
    {"samples_per_second", "samples/s", Better::more, "training samples of all ranks over the total time of the steps",
     throughput},
    {"mean_over_median", "", Better::less, "mean time over median time: above 120 % the samples are uneven",
     unevenness},
    {"exposed_communication", "s", Better::less, "step time less the same step without communication", exposed},
    {"peak_memory", "B", Better::less, "device memory of the rank with the most", peak_memory},
}};

std::string with_prefix(double value, std::string_view unit) {
  struct Prefix {
    double factor;
    std::string_view letter;
  };
  constexpr std::array<Prefix, 5> prefixes{{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}}};
  constexpr double rounds_up = 0.99995;  // 0.99999 GFLOP/s reads 1.000 GFLOP/s
  const auto* const found =
      std::ranges::find_if(prefixes, [&](const Prefix& one) { return value >= one.factor * rounds_up; });
  const Prefix& prefix = found == prefixes.end() ? prefixes.back() : *found;
  return fmt::format("{} {}{}", figure(value / prefix.factor), prefix.letter, unit);
}

}  // namespace

std::span<const Metric> metrics() { return table; }

const Metric& metric(std::string_view name) {
  const auto* const found = std::ranges::find(table, name, &Metric::name);
  if (found != table.end()) return *found;
  std::string names;
  for (const Metric& one : table) names += fmt::format("{}{}", names.empty() ? "" : ", ", one.name);
  throw UsageError(fmt::format("unknown metric {}; known: {}", in_quotes(name), names));
}

std::string value_figure(const Metric& metric, double value) {
  if (!std::isfinite(value)) return fmt::format("{} {}", value, metric.unit.empty() ? "%" : metric.unit);
  if (value < 0) return '-' + value_figure(metric, -value);
  if (metric.unit.empty()) return percent_figure(value) + " %";
  if (metric.unit == "s") return time_figure(Seconds{value});
  // In GB/s as in all tables, but for what would have no digits there.
  if (metric.unit == "B/s" && value >= 1e9) return rate_figure({value}) + " GB/s";
  if (metric.unit == "samples/s") return figure(value) + " samples/s";
  return with_prefix(value, metric.unit);
}

}  // namespace lanemark
