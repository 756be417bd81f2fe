// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>

#include "bench/gate/metric.hpp"

namespace lanemark {

/// What a number with this unit is to be multiplied with to be in the metric's own: 1e9 for busbw and "GB/s", 0.01 for
/// a share and "%". Throws UsageError that names the units there are for the metric.
double unit_factor(const Metric& metric, std::string_view unit);

/// "ns, us, ms, s": those that may stand with the metric.
std::string units_of(const Metric& metric);

}  // namespace lanemark
