// SPDX-License-Identifier: MIT

#include "bench/statistics/false_discovery.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

#include "kernels/core/error.hpp"

namespace lanemark {

std::vector<double> adjusted_for_false_discovery(std::span<const double> p) {
  for (const double value : p) {
    if (!(value >= 0 && value <= 1)) throw Error("a p-value is " + std::to_string(value) + ", not within 0 and 1");
  }
  std::vector<std::size_t> largest_first(p.size());
  std::iota(largest_first.begin(), largest_first.end(), std::size_t{0});
  std::ranges::sort(largest_first, std::greater<>{}, [&](std::size_t place) { return p[place]; });
  std::vector<double> adjusted(p.size());
  double least = 1;
  std::size_t rank = p.size();
  for (const std::size_t place : largest_first) {
    least = std::min(least, p[place] * static_cast<double>(p.size()) / static_cast<double>(rank--));
    adjusted[place] = least;
  }
  return adjusted;
}

}  // namespace lanemark
