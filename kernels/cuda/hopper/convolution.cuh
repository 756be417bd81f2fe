// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/hopper/hopper.hpp"
#include "kernels/cuda/hopper/run.cuh"

// The convolution as a product whose patches TMA gathers (implicit GEMM; Chetlur et al. 2014): what its passes share.
// Each is a file of its own, as each takes half a minute to compile.

namespace lanemark::hopper {

constexpr Source patches_along_depth{Along::depth, Origin::patches};
constexpr Source patches_along_outer{Along::outer, Origin::patches};
constexpr Source weights_along_depth{Along::depth, Origin::weights};
constexpr Source weights_along_outer{Along::outer, Origin::weights};
constexpr Source matrix_along_outer{Along::outer, Origin::matrix};

template <class Element, Source a, Source b>
using TilesOfPixels = Family<Element, a, b, false, Tile{.n = 64, .m_blocks = 2, .buffers = 1},
                             Tile{.n = 128, .m_blocks = 2}, Tile{.n = 256}, Tile{.n = 128}, Tile{.n = 64}>;
inline bool any_empty(const ConvolutionShape& shape) {
  return shape.input_pixels() == 0 || shape.inputs == 0 || shape.outputs == 0;
}

/// A dimension of slices or blocks: all taps, each with its channels rounded up to whole rows of 128 bytes.
inline std::size_t padded(const ConvolutionShape& shape, DType dtype, std::size_t channels) {
  return shape.taps() * slices(dtype, channels) * row_bytes / size_of(dtype).value;
}

template <class A, class B>
struct Operands {
  A a;
  B b;
};

}  // namespace lanemark::hopper
