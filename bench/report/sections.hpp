// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/measurement/measurement.hpp"
#include "bench/report/table.hpp"

// Parts of the collectives' report that look at several rows at once. Each is empty where no row is its business.

namespace lanemark {

/// Cases whose ranks worked in groups at once: the groups' sum, and the slowest of them.
std::string groups_section(const std::vector<Measurement>& of_suite, Format format);

/// Messages from every rank to every other: a matrix of rates for each size, and one of times; outliers are marked,
/// more than 10 % worse than the median of the pairs whose data takes the same kind of way.
std::string pairs_section(const std::vector<Measurement>& of_suite, Format format);

/// One sentence on sizes whose parts begin off 16 bytes, and what that costs beside the nearest size of the same table
/// whose parts do not. Of one table's rows. A cost is told where the medians' confidence intervals show it.
std::string odd_parts_sentence(const std::vector<Measurement>& rows, Format format);

}  // namespace lanemark
