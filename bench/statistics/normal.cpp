// SPDX-License-Identifier: MIT

#include "bench/statistics/normal.hpp"

#include <cmath>
#include <numbers>
#include <numeric>

#include "bench/statistics/finite.hpp"

namespace lanemark {

double normal_tail(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

double normal_quantile(double p) {
  require_between_0_and_1(p, "the probability of a normal quantile");
  // Halving needs no coefficients and ends at neighbouring doubles. Beyond 40 deviations a tail is no double.
  double below = -40;
  double above = 40;
  for (double middle = 0; below < middle && middle < above; middle = std::midpoint(below, above)) {
    (normal_tail(middle) < p ? below : above) = middle;
  }
  return above;
}

}  // namespace lanemark
