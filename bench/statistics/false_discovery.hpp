// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <vector>

namespace lanemark {

/// For each p-value, in the order given, the lowest rate of false discoveries at which it is still a discovery among
/// all of them: those at most q are what the step-up procedure rejects at q, of which a share q in expectation is false
/// where the tests are independent or depend positively. Source: Benjamini and Hochberg, "Controlling the false
/// discovery rate", Journal of the Royal Statistical Society B 57, 1995. Throws Error unless 0 <= p <= 1.
std::vector<double> adjusted_for_false_discovery(std::span<const double> p);

}  // namespace lanemark
