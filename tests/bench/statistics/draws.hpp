// SPDX-License-Identifier: MIT

#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

namespace lanemark {

/// The same numbers on every machine, which the standard library's distributions do not promise.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_{seed} {}

  /// In (0, 1).
  double uniform() { return (static_cast<double>(random_() >> 12U) + 0.5) * 0x1p-52; }
  /// Box and Muller, Annals of Mathematical Statistics 29, 1958.
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform()); }
  /// 0 ... bound - 1, near enough evenly for a bound of a few hundred.
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::vector<double> normals(std::size_t count, double mean = 0, double deviation = 1) {
    std::vector<double> values(count);
    for (double& value : values) value = mean + deviation * normal();
    return values;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace lanemark
