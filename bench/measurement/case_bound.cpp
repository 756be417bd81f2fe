// SPDX-License-Identifier: MIT

#include "bench/measurement/case_bound.hpp"

#include <fmt/format.h>

namespace lanemark {

TooManyCases::TooManyCases() : UsageError{fmt::format("more than {} cases", most_cases)} {}

}  // namespace lanemark
