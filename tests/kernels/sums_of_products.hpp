// SPDX-License-Identifier: MIT

#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "kernels/core/rounding.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/typed.hpp"
#include "tests/kernels/ways.hpp"

namespace lanemark::test {

/// What a layer's sums must be, and what they were made of: their bound comes from the terms, as the sums cancel.
struct SumsOfProducts {
  Doubles values;
  Doubles squares;    ///< of all products in a sum, added up
  std::size_t terms;  ///< products in a sum, at most
  Doubles rounded;    ///< sizes of what is rounded to the result's type: the value, and what comes before it

  [[nodiscard]] SumsOfProducts with(Doubles other) const { return {std::move(other), squares, terms, rounded}; }
};

inline Doubles sizes(Doubles values) {
  for (double& value : values) value = std::abs(value);
  return values;
}

/// `definition` of the operands, and of their squares.
template <class Definition>
SumsOfProducts sums_of_products(std::size_t terms, Definition&& definition, const std::vector<float>& a,
                                const std::vector<float>& b) {
  const auto squares = [](std::vector<double> values) {
    for (double& value : values) value *= value;
    return values;
  };
  const Doubles values = definition(doubles(a), doubles(b));
  return {values, definition(squares(doubles(a)), squares(doubles(b))), terms, sizes(values)};
}

/// With a bias added to each row, before which a library may round a first time.
inline SumsOfProducts with_bias(SumsOfProducts sums, const std::vector<float>& bias) {
  ++sums.terms;
  for (std::size_t i = 0; i < sums.values.size(); ++i) {
    const double b = bias[i % bias.size()];
    sums.rounded[i] += std::abs(sums.values[i] + b);
    sums.values[i] += b;
    sums.squares[i] += b * b;
  }
  return sums;
}

/// Every element within its bound, and where there are too many to cancel together, all of them by norm as well: many
/// small errors of one sign are none that rounding makes.
inline ::testing::AssertionResult are(const SumsOfProducts& right, const Arithmetic& arithmetic, ProductError error,
                                      const std::vector<float>& found) {
  if (found.size() != right.values.size()) return ::testing::AssertionFailure() << found.size() << " elements";
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double off = std::abs(double{found[i]} - right.values[i]);
    const double allowed = largest_error(error, right.terms, right.rounded[i], std::sqrt(right.squares[i]));
    if (off <= allowed) continue;  // which NaN is not
    return ::testing::AssertionFailure() << "element " << i << " is " << found[i] << " instead of " << right.values[i]
                                         << " +- " << allowed;
  }
  constexpr std::size_t ordinary = 256;
  const double by_norm = found.size() < ordinary ? 0 : relative_error(found, right.values);
  if (by_norm <= arithmetic.tolerance) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "off by " << by_norm << " of the norm";
}

/// A result of this type, in that arithmetic.
inline ::testing::AssertionResult are(const SumsOfProducts& right, const Arithmetic& arithmetic, DType result,
                                      const std::vector<float>& found) {
  return are(right, arithmetic, product_error(arithmetic.precision, result, right.terms), found);
}

/// The same by whose code it was made: in bfloat16 a vendor's library may round parts of a sum to that type before it
/// adds them, and sums in float likewise.
inline ::testing::AssertionResult are(const SumsOfProducts& right, const Way& way, DType result,
                                      const std::vector<float>& found) {
  const bool rounds_parts = way.compute == Compute::library && way.arithmetic.dtype == DType::bfloat16;
  if (!rounds_parts) return are(right, way.arithmetic, result, found);
  ProductError error = product_error(way.arithmetic.precision, DType::bfloat16, right.terms);
  error.of_sum += unit_roundoff<BFloat16>();
  return are(right, way.arithmetic, error, found);
}

/// Of column sums in single precision.
inline constexpr Arithmetic float_sums = all_arithmetic[0];

/// What the bias gradient must be: the column sums of dy.
inline SumsOfProducts column_sums(const Doubles& values, const std::vector<float>& dy, std::size_t columns) {
  SumsOfProducts sums{values, Doubles(columns), columns == 0 ? 0 : dy.size() / columns, sizes(values)};
  for (std::size_t i = 0; i < dy.size(); ++i) sums.squares[i % columns] += double{dy[i]} * dy[i];
  return sums;
}

}  // namespace lanemark::test
