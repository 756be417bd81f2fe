// SPDX-License-Identifier: MIT

#include "kernels/host/gemm.hpp"

#include <cblas.h>
#include <fmt/format.h>

#include <limits>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

blasint dimension(std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<blasint>::max())) {
    throw UsageError(fmt::format("a matrix dimension of {} is beyond OpenBLAS; use a smaller batch or model", size));
  }
  return static_cast<blasint>(size);
}

CBLAS_TRANSPOSE layout(const GemmOperand& operand) { return operand.transposed ? CblasTrans : CblasNoTrans; }

}  // namespace

void sgemm(std::size_t m, std::size_t n, std::size_t k, GemmOperand a, GemmOperand b, float beta, float* c) {
  if (m == 0 || n == 0) return;
  if (k == 0) {  // an empty sum; BLAS refuses the operands' row length of 0
    for (std::size_t i = 0; i < m * n; ++i) c[i] = beta == 0 ? 0 : beta * c[i];
    return;
  }
  cblas_sgemm(CblasRowMajor, layout(a), layout(b), dimension(m), dimension(n), dimension(k), 1, a.data,
              dimension(a.transposed ? m : k), b.data, dimension(b.transposed ? k : n), beta, c, dimension(n));
}

}  // namespace lanemark
