// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/core/error.hpp"

namespace lanemark {

/// `q` in [0, 1], linear between order statistics (type 7 of Hyndman and Fan 1996). Throws Error on no samples.
template <class T>
T quantile_of(std::vector<T> samples, double q) {
  if (samples.empty()) throw Error("a quantile of no samples");
  std::ranges::sort(samples);
  const double position = q * static_cast<double>(samples.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, samples.size() - 1);
  return samples[below] + (samples[above] - samples[below]) * (position - static_cast<double>(below));
}

/// The `place`th smallest, from 0, of values of which `begin` and all before it are known to be the smallest; those
/// behind it are no smaller then.
inline double nth_smallest(std::vector<double>& values, std::size_t begin, std::size_t place) {
  const auto at = [&](std::size_t index) { return values.begin() + static_cast<std::ptrdiff_t>(index); };
  std::nth_element(at(begin), at(place), values.end());
  return values[place];
}

/// Of plain numbers; half way between the middle two of an even number. Throws Error on none.
inline double median(std::vector<double> values) {
  if (values.empty()) throw Error("a median of no values");
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : std::midpoint(values[half - 1], values[half]);
}

}  // namespace lanemark
