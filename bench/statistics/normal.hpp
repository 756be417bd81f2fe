// SPDX-License-Identifier: MIT

#pragma once

namespace lanemark {

/// P(Z <= z) of a standard normal Z, with full relative accuracy in the lower tail; the upper is normal_tail(-z).
double normal_tail(double z);

/// The z with P(Z <= z) = p. Throws Error unless 0 < p < 1.
double normal_quantile(double p);

}  // namespace lanemark
