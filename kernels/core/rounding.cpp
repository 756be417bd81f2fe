// SPDX-License-Identifier: MIT

#include "kernels/core/rounding.hpp"

#include <algorithm>
#include <cmath>

namespace lanemark {
namespace {

constexpr double certain = 8;

}  // namespace

double unit_roundoff(DType dtype) {
  if (!is_float(dtype)) return 0;
  return dispatch(dtype, []<class T>(std::type_identity<T>) { return unit_roundoff<T>(); });
}

double summing_error(std::size_t terms) {
  constexpr double in_one_piece = 4096;
  const auto count = static_cast<double>(terms);
  return std::min(count, std::sqrt(count * in_one_piece)) * unit_roundoff<float>();
}

ProductError product_error(Precision precision, DType result, std::size_t depth) {
  // Tensor cores cut floats off behind tf32's ten bits of fraction, both factors.
  const double factors = precision == Precision::tf32 ? 2 * 0x1p-10 : 0;
  // Ways around multiplications (Winograd's; Lavin and Gray 2016) round more often than a short sum.
  constexpr std::size_t least = 128;
  // The worst case of each result leaves room for a coarser arithmetic in deep sums; all together do not: theirs is
  // what docs/kernels.md has measured, or that of additions whose roundings have random signs.
  constexpr double measured_float = 1e-5;
  constexpr double measured_tf32 = 7e-4;
  constexpr double room = 4;
  const double of_additions = unit_roundoff<float>() * std::sqrt(static_cast<double>(depth));
  const double of_terms = std::max(precision == Precision::tf32 ? measured_tf32 : measured_float, of_additions);
  return {.of_result = unit_roundoff(result),
          .of_sum = factors + summing_error(std::max(depth, least)),
          .in_all = room * std::hypot(of_terms, unit_roundoff(result))};
}

double largest_of_errors(std::size_t count) { return std::min(certain, std::sqrt(static_cast<double>(count))); }

double largest_error(ProductError error, std::size_t products, double value, double usual) {
  return certain * (error.of_result + error.of_sum) * value + largest_of_errors(products) * error.of_sum * usual;
}

}  // namespace lanemark
