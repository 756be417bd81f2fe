// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string_view>

namespace lanemark {

/// Throws Error, naming `what` and the place of the first value that is NaN or infinite.
void require_finite(std::span<const double> values, std::string_view what);

/// The same, and less than zero is refused too.
void require_not_negative(std::span<const double> values, std::string_view what);

/// The same, and zero and less are refused too: times have logarithms.
void require_positive(std::span<const double> values, std::string_view what);

/// Throws Error unless 0 < value < 1.
void require_between_0_and_1(double value, std::string_view what);

}  // namespace lanemark
