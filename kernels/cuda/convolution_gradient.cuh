// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/convolution_sources.cuh"
#include "kernels/cuda/multiply.cuh"
#include "kernels/operations.hpp"

// The convolution's data gradient as a matrix product that gathers its patches on the way (implicit GEMM; Chetlur et
// al. 2014); flops and bytes: convolution_patches.cuh.

namespace lanemark {

/// How the pixels of the input in every `stride`th row, or column, from `phase` on meet the output: output and tap add
/// up to them.
struct Meeting {
  unsigned first_tap;
  unsigned taps;     ///< of that parity
  int first_output;  ///< of the first pixel, by the first tap
};
inline Meeting meeting(const ConvolutionShape& shape, std::size_t phase) {
  const std::size_t first = (phase + shape.padding()) % shape.stride;
  const std::size_t taps = first < shape.filter ? (shape.filter - first + shape.stride - 1) / shape.stride : 0;
  return {gemm::dimension(first), gemm::dimension(taps),
          static_cast<int>((phase + shape.padding() - first) / shape.stride)};
}

/// dx at the pixels of one phase in rows and one in columns, all of which meet the same taps: nothing is multiplied by
/// the zeros that a stride leaves between outputs.
template <class T>
using GradientPart = gemm::Part<gemm::Patches<T>, gemm::WeightsAlongInputs<T>, gemm::Grid>;
template <class T>
GradientPart<T> gradient_part(const ConvolutionShape& shape, const T* dy, const T* weight, std::size_t row_phase,
                              std::size_t column_phase) {
  const unsigned stride = gemm::dimension(shape.stride);
  const gemm::Grid pixels{gemm::dimension(shape.images), gemm::dimension(shape.height),
                          gemm::dimension(shape.width),  stride,
                          gemm::dimension(row_phase),    gemm::dimension(column_phase)};
  const Meeting row = meeting(shape, row_phase);
  const Meeting column = meeting(shape, column_phase);
  const gemm::Taps taps{row.taps, column.taps, row.first_output, column.first_output, -1};
  const unsigned outputs = gemm::dimension(shape.outputs);
  return {{dy, gemm::dimension(shape.output_height()), gemm::dimension(shape.output_width()), outputs, pixels, 1, taps},
          {weight, outputs, gemm::dimension(shape.filter), gemm::dimension(shape.inputs), taps, row.first_tap,
           column.first_tap, stride},
          pixels,
          pixels.pixels(),
          taps.rows * taps.columns * outputs};
}

/// Enqueues it for stride 2. A file of its own, as it takes half a minute to compile.
void strided_data_gradient(StreamRef stream, const ConvolutionBackwardData& arguments);

}  // namespace lanemark
