#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement.hpp"
#include "bench/report/table.hpp"

namespace lanemark {

/// How one suite's measurements read; each suite's table registers one from its own file. Wrong data never shows as
/// a speed.
struct SuiteReport {
  std::string_view name;  ///< Case::suite
  int order;              ///< ascending in a report
  std::string (*render)(const std::vector<Measurement>& of_suite, Format format);
};

/// The rows that were not skipped, and a line for each reason why others were, to stand below their table.
std::vector<Measurement> without_skipped(const std::vector<Measurement>& rows);
std::string skipped_lines(const std::vector<Measurement>& rows, Format format);

/// All suites' tables in their order (collectives, transfers, training, others), then what was wrong and what was
/// skipped. At most 120 columns, but for Markdown and long names.
std::string report(const std::vector<Measurement>& all, Format format);

}  // namespace lanemark
