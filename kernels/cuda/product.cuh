// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

#include "kernels/cuda/finish.cuh"

// A matrix product C[m, n] = A · B as a kernel's argument, whatever the kernel.

namespace lanemark::gemm {

/// Some rows of C: m rows, row i of them row `rows.at(i)` of the result. Where the depth is cut, each piece of it goes
/// to a result of its own.
template <class A, class B, class Rows>
struct Part {
  A a;
  B b;
  Rows rows;
  unsigned m, depth;
  unsigned piece = 0;  ///< of the depth, per blockIdx.y; a multiple of a kernel's slice
};

/// Parts share the columns and the type of C. A block works on part blockIdx.z.
template <class OnePart, std::size_t count>
struct Product {
  OnePart parts[count];
  unsigned n;
  unsigned rows;            ///< of the whole result; that of the next piece lies rows · n elements on
  Destination destination;  ///< of the first piece

  /// The calling block's. What is known before keeps its place in constant memory and needs no registers.
  [[nodiscard]] __device__ const OnePart& part() const {
    if constexpr (count == 1) return parts[0];
    else return parts[blockIdx.z];
  }
};

}  // namespace lanemark::gemm
