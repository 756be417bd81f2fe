// SPDX-License-Identifier: MIT

#pragma once

#include <span>

namespace lanemark {

/// How much larger y is than x, relative to x: 0.02 where a time became 2 % longer, so positive is slower.
struct Shift {
  double change = 0;      ///< infinite where it is too large for a double, like `high`
  double low = 0;         ///< -1 where the interval is unbounded
  double high = 0;        ///< infinite where the interval is unbounded
  double confidence = 0;  ///< that the true change is within: at least what was asked for
  bool bounded = true;    ///< false where so few values cannot give that confidence, whatever they are
};

/// A relative change's size, alike for a ratio and its reciprocal: what takes twice as long has half the rate.
double log_size(double change);

/// The estimator of Hodges and Lehmann ("Estimates of location based on rank tests", Annals of Mathematical Statistics
/// 34, 1963) on logarithms, where a slowdown is a shift: the median of y / x over all pairs, in the middle of two their
/// geometric mean, less 1. It takes no notice of the unit, and x against y gives the reciprocal. The interval holds
/// those changes that the rank test without ties does not refute at 1 - confidence (Moses; Hollander and Wolfe,
/// "Nonparametric Statistical Methods", chapter 4); with ties its confidence is at least that. Exact up to
/// most_exact_pairs, as that test. From 0 to 0 nothing changes; from 0 to more the change is infinite. Throws Error
/// where a sample is empty or a value is not finite or below 0, and unless 0 < confidence < 1.
Shift relative_shift(std::span<const double> x, std::span<const double> y, double confidence = 0.95);

}  // namespace lanemark
