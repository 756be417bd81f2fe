// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

/// The strategy as tables name it: its name, and its bucket cap where one was given: "bucketed 25MiB".
std::string strategy(const Measurement& m);

/// What the training rows of one model and one kind of scaling say, in a sentence or two: the fastest strategy at the
/// most ranks and by what factor over each other, and where several ranks are slower than one. Wrong and skipped rows
/// say nothing. Empty where there is nothing to compare.
std::vector<std::string> conclusions(const std::vector<Measurement>& rows);

}  // namespace lanemark
