// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

namespace lanemark {

/// A row-major matrix as it lies in memory; `transposed` says that the product reads it the other way round.
struct GemmOperand {
  const float* data;
  bool transposed = false;
};

/// c[m, n] = a[m, k] · b[k, n] + beta · c, by OpenBLAS; with beta 0, c is only written. Throws UsageError where a
/// dimension exceeds the library's int.
void sgemm(std::size_t m, std::size_t n, std::size_t k, GemmOperand a, GemmOperand b, float beta, float* c);

}  // namespace lanemark
