// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement/measurement.hpp"
#include "bench/report/table.hpp"

namespace lanemark {

/// How one suite's measurements read, of which none was skipped; each suite's table registers one from its own file.
/// Wrong data never shows as a speed.
struct SuiteReport {
  std::string_view name;  ///< Case::suite
  int order;              ///< ascending in a report
  std::string (*render)(const std::vector<Measurement>& of_suite, Format format);
};

/// Below a table, what a mark in it means; nothing where there is none.
std::string legend_lines(const std::vector<Measurement>& rows, Format format);

/// All suites' tables in their order (collectives, transfers, training, others), then what was wrong and, with a line
/// for each reason, what was skipped. At most 120 columns, but for Markdown and long names.
std::string report(const std::vector<Measurement>& all, Format format);

}  // namespace lanemark
