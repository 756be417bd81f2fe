// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lanemark {

struct ChangePoint {
  std::size_t index = 0;  ///< of the first value after the change
  double p = 1;  ///< of the split that found it, given those found before; a multiple of 1 / (permutations + 1)
};

struct ChangePointOptions {
  double alpha = 0.05;             ///< a split with a larger p is none and ends the search
  std::size_t permutations = 199;  ///< a p below 1 / (permutations + 1) cannot be had
  /// Values between two changes, and before and after all; at least 2. A change that is found so near to the end of the
  /// series is put where the parts differ most, which may leave fewer: one of three launches ago is not one of five
  /// ago.
  std::size_t least_segment = 5;
  std::uint64_t seed = 1;  ///< the same series, options and seed give the same answer everywhere
};

/// Where the values, in the order of time, change their distribution; in ascending order. Nothing where the series is
/// shorter than two segments or constant. Takes time of order values^2 permutations for each split.
///
/// E-divisive with means: Matteson and James, "A nonparametric approach for multiple change point analysis of
/// multivariate data", Journal of the American Statistical Association 109, 2014, with their alpha of 1. Used on
/// benchmarks in Daly, Brown, Ingo, O'Leary and Bradford, "The use of change point detection to identify software
/// performance regressions in a continuous integration system", ICPE 2020.
///
/// Throws Error on a value that is not finite, on a least segment below 2, and on an alpha that is not between 0 and 1
/// or that so few permutations cannot reach.
std::vector<ChangePoint> change_points(std::span<const double> series, const ChangePointOptions& options = {});

}  // namespace lanemark
