// SPDX-License-Identifier: MIT

#pragma once

#include <string>

#include "kernels/core/units.hpp"

// How numbers read: three to four significant digits, units that a person thinks in.

namespace lanemark {

/// "12.34": four significant digits, at most three decimals; "<0.001" where that leaves nothing.
std::string figure(double value);

/// "850 ns", "12.34 us", "1.234 ms", "2.500 s".
std::string time_figure(Seconds time);
/// GB/s without the unit.
std::string rate_figure(BytesPerSecond rate);
/// Decimal, as rates are: "1.234 GB", "25.00 MB".
std::string amount_figure(Bytes amount);
/// Two amounts in the unit of the larger, "12.3/0.57 MB"; one where they read the same.
std::string amounts_figure(Bytes first, Bytes second);
/// "87.3": a share in percent without the sign.
std::string percent_figure(double share);

}  // namespace lanemark
