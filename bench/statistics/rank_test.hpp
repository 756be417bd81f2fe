// SPDX-License-Identifier: MIT

#pragma once

#include <span>

namespace lanemark {

/// Whether two samples may come from one distribution, by the order of their values alone: Mann and Whitney, "On a test
/// of whether one of two random variables is stochastically larger than the other", Annals of Mathematical Statistics
/// 18, 1947.
struct RankTest {
  double u = 0;       ///< pairs whose y is above its x, equal ones counting half: in [0, n m]
  double p = 1;       ///< two-sided: twice the smaller tail and at most 1, so that each direction errs at p / 2
  bool exact = true;  ///< otherwise a normal approximation: beyond most_exact_pairs
};

/// The values need no order and no unit. Where some are equal, the distribution is that over all ways to deal the
/// values at hand. The approximation corrects for ties and continuity; of a small sample against a vast one it is too
/// careful. Throws Error where a sample is empty or a value is not finite.
RankTest rank_test(std::span<const double> x, std::span<const double> y);

}  // namespace lanemark
