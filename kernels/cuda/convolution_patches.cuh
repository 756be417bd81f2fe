// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/convolution_sources.cuh"
#include "kernels/cuda/multiply.cuh"
#include "kernels/operations.hpp"

// The convolution as a matrix product that gathers its patches on the way (implicit GEMM; Chetlur et al. 2014).
// Each pass: flops 2 · output pixels · taps · inputs · outputs; bytes at least those of an element times
// (input pixels · inputs + output pixels · outputs + taps · inputs · outputs), the rereading of patches served by the
// caches.

namespace lanemark::gemm {

/// The input under the output's pixels.
template <class T, bool pixels_are_outer>
gemm::PatchesOf<T, pixels_are_outer> patches(const ConvolutionShape& shape, const T* x) {
  const Grid outputs{dimension(shape.images), dimension(shape.output_height()), dimension(shape.output_width())};
  const unsigned filter = dimension(shape.filter);
  const int first = -static_cast<int>(shape.padding());
  return {x,       dimension(shape.height), dimension(shape.width),        dimension(shape.inputs),
          outputs, dimension(shape.stride), {filter, filter, first, first}};
}

}  // namespace lanemark::gemm
