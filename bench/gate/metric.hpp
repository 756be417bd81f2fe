// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

enum class Better { less, more };

/// A number that a measurement has, or has not, and which way it ought to go.
struct Metric {
  std::string_view name;  ///< as rules, flags and outputs spell it
  std::string_view unit;  ///< of `of`, in SI base units: "s", "B/s", "FLOP/s", "samples/s", "B", "" for a share
  Better better;
  std::string_view what;
  std::optional<double> (*of)(const Measurement& m);
};

/// All of them: time (the median, of every case), p95, p99, algbw, busbw, share_of_limit, flops, samples_per_second (of
/// the mean), mean_over_median, exposed_communication, peak_memory (of the rank with the most).
std::span<const Metric> metrics();
/// Throws UsageError that names those there are.
const Metric& metric(std::string_view name);

/// "12.34 us", "341.2 GB/s", "85.3 %": the value as people read it.
std::string value_figure(const Metric& metric, double value);

}  // namespace lanemark
