// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/core/dtype.hpp"
#include "kernels/core/precision.hpp"

// How far a right result may lie from the exact one: the one place from which every check takes its bounds. They come
// from the sizes of the terms that were added, never from the size of the sum, which cancels as it likes.

namespace lanemark {

/// Bits of a float's significand, the leading one included: whole numbers up to 2 to that power are exact.
template <class T>
LANEMARK_HOST_DEVICE constexpr int significand_bits() {
  if constexpr (std::is_same_v<T, Half>) return 11;
  if constexpr (std::is_same_v<T, BFloat16>) return 8;
  if constexpr (std::is_same_v<T, Float8E4M3>) return 4;
  if constexpr (std::is_same_v<T, Float8E5M2>) return 3;
  return std::is_same_v<T, double> ? 53 : 24;
}

/// Of the smallest normal and of the largest numbers of a float type.
template <class T>
LANEMARK_HOST_DEVICE constexpr int smallest_exponent() {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, Float8E5M2>) return -14;
  if constexpr (std::is_same_v<T, Float8E4M3>) return -6;
  return std::is_same_v<T, double> ? -1022 : -126;
}
template <class T>
LANEMARK_HOST_DEVICE constexpr int largest_exponent() {
  return std::is_same_v<T, Float8E4M3> ? 8 : 1 - smallest_exponent<T>();
}

/// The largest relative error of rounding to nearest.
template <class T>
LANEMARK_HOST_DEVICE constexpr double unit_roundoff() {
  return 1.0 / static_cast<double>(std::uint64_t{1} << static_cast<unsigned>(significand_bits<T>()));
}
/// 0 for integers.
double unit_roundoff(DType dtype);

/// Relative error of a sum of so many terms in single precision: an error for each addition, and beyond some thousands
/// the root of their number, since what adds so many does it in pieces (Higham and Mary 2019).
double summing_error(std::size_t terms);

/// What each element of a matrix product may be off, relative to itself and to the usual size of such a sum.
struct ProductError {
  double of_result;
  double of_sum;
  double in_all;  ///< root mean square over many results, relative to their usual size: what is measured, times four
};
ProductError product_error(Precision precision, DType result, std::size_t depth);

/// How many times the root of their squares errors may add up to, `count` of them: by Cauchy and Schwarz no more than
/// the root of their number, and with random signs more than 8 times once in 10^13 sums (Hoeffding 1963).
double largest_of_errors(std::size_t count);

/// How far a sum of so many products, or of several columns' products with random signs, may lie from the exact one.
/// `value` is the root of the squares of the columns' results, which a library may round eight times on its way;
/// `usual` the root of the squares of all the products.
double largest_error(ProductError error, std::size_t products, double value, double usual);

}  // namespace lanemark
