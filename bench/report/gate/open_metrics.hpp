#pragma once

#include <span>
#include <string>
#include <string_view>

#include "bench/gate/verdict.hpp"

namespace lanemark {

/// OpenMetrics 1.0 that node_exporter's textfile collector reads as well, whose parser is of the older text format: all
/// are gauges, without time stamps. Base units, one family for each; labels fingerprint, case, metric and side.
std::string gate_open_metrics(std::span<const Judgement> judgements);

/// A label's value, without the quotes.
std::string label_value(std::string_view text);

}  // namespace lanemark
