#include <fmt/format.h>

#include <cmath>

#include "bench/gate/metric.hpp"
#include "bench/report/figures.hpp"

namespace lanemark {

std::string value_figure(const Metric& metric, double value) {
  constexpr double tera = 1e12;
  if (metric.unit == "s") return time_figure(Seconds{value});
  if (metric.unit == "B/s") return rate_figure({value}) + " GB/s";
  if (metric.unit == "FLOP/s") return figure(value / tera) + " TFLOP/s";
  if (metric.unit == "B") return amount_figure(Bytes{static_cast<std::uint64_t>(std::llround(value))});
  if (metric.unit.empty()) return percent_figure(value) + " %";
  return fmt::format("{} {}", figure(value), metric.unit);
}

}  // namespace lanemark
