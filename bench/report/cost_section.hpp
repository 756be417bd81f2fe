// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/measurement/measurement.hpp"
#include "bench/report/table.hpp"

namespace lanemark {

/// What operations cost by their size: a table of cost models, one for each case measured at enough sizes, and below it
/// a line for each two of them where the faster one changes with the size: the same but for the backend, for how the
/// backend was told to go about it, or for running as a CUDA graph. A repeated case counts once, with the median of its
/// repetitions; wrong and skipped rows do not count. Empty where there is no model.
std::string cost_section(const std::vector<Measurement>& rows, Format format);

}  // namespace lanemark
