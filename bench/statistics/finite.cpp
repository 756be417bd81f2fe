// SPDX-License-Identifier: MIT

#include "bench/statistics/finite.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

template <typename Accepts>
void require(std::span<const double> values, std::string_view what, std::string_view kind, const Accepts& accepts) {
  const auto refused = std::ranges::find_if_not(values, accepts);
  if (refused == values.end()) return;
  throw Error(std::string{what} + ": value " + std::to_string(refused - values.begin() + 1) + " of " +
              std::to_string(values.size()) + " is not a " + std::string{kind} +
              " number: " + std::to_string(*refused));
}

}  // namespace

void require_finite(std::span<const double> values, std::string_view what) {
  require(values, what, "finite", [](double value) { return std::isfinite(value); });
}

void require_not_negative(std::span<const double> values, std::string_view what) {
  require(values, what, "finite, not negative", [](double value) { return std::isfinite(value) && value >= 0; });
}

void require_positive(std::span<const double> values, std::string_view what) {
  require(values, what, "finite positive", [](double value) { return std::isfinite(value) && value > 0; });
}

void require_between_0_and_1(double value, std::string_view what) {
  if (value > 0 && value < 1) return;
  throw Error(std::string{what} + " must be between 0 and 1, neither included, and is " + std::to_string(value));
}

}  // namespace lanemark
