#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "kernels/core/error.hpp"

namespace lanemark {

/// Of plain numbers; half way between the middle two of an even number. Throws Error on none.
inline double median(std::vector<double> values) {
  if (values.empty()) throw Error("a median of no values");
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : std::midpoint(values[half - 1], values[half]);
}

}  // namespace lanemark
