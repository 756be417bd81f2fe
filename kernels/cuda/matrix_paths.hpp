// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/core/stream.hpp"

#ifdef LANEMARK_HOPPER
#include "kernels/cuda/hopper/hopper.hpp"
#endif

// Which kernel a matrix operation runs on, by compute capability, type and shape:
//
//   capability     operands         operation                       kernel
//   9.0            bfloat16, or     all but data gradients with     hopper/product.cuh
//                  float as tf32    stride 2
//   8.0 and later  bfloat16, or     all                             ampere/product.cuh
//                  float as tf32
//   any            any              all                             gemm.cuh, CUDA cores, full single precision
//
// TMA needs rows that begin on 16 bytes (channels and features a multiple of 8 bfloat16, of 4 float).
// multiply.cuh chooses between the other two.

namespace lanemark {

/// Enqueues the operation on Hopper's kernel, or says that it cannot be.
template <class Arguments>
bool run_by_tma([[maybe_unused]] StreamRef stream, [[maybe_unused]] const Arguments& arguments) {
#ifdef LANEMARK_HOPPER
  return hopper::run(stream, arguments);
#else
  return false;
#endif
}

}  // namespace lanemark
