// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/gate/verdict.hpp"

namespace lanemark {

/// OpenMetrics 1.0 that node_exporter's textfile collector reads as well, whose parser is of the older text format: all
/// are gauges, without time stamps. Base units, one family for each; labels gate, fingerprint, case, metric and side.
/// Files of gates of different names have no series in common, and say the same of each family.
std::string gate_open_metrics(std::span<const Judgement> judgements);

}  // namespace lanemark
