// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/hopper/hopper.hpp"
#include "kernels/cuda/hopper/run.cuh"

// What the linear layer's passes share. Each is a file of its own, as each takes half a minute to compile.

namespace lanemark::hopper {

constexpr Source along_depth{Along::depth, Origin::matrix};
constexpr Source along_outer{Along::outer, Origin::matrix};

constexpr Tile wide{.n = 256};
constexpr Tile wide_sharing{.n = 256, .shares_b = true};
constexpr Tile wide_splitting{.n = 256, .splits_depth = true};
constexpr Tile medium{.n = 192};
constexpr Tile medium_sharing{.n = 192, .shares_b = true};
constexpr Tile square{.n = 128};
constexpr Tile square_sharing{.n = 128, .shares_b = true};
constexpr Tile narrow{.n = 64};

/// Two matrices with their sizes; the depth is common.
template <Source source_a, Source source_b>
struct Matrices {
  ConstArray of_a, of_b;
  std::size_t m, n, depth;

  [[nodiscard]] Operand a(unsigned box) const { return matrix(source_a.along, of_a, m, depth, box); }
  [[nodiscard]] Operand b(unsigned box) const { return matrix(source_b.along, of_b, n, depth, box); }
};

template <class Family, Source a, Source b>
void multiply_matrices(StreamRef stream, const Matrices<a, b>& matrices, const Result& result) {
  Family::run(stream, matrices.m, matrices.n, matrices.depth, matrices, result);
}

inline bool any_empty(const LinearShape& shape) { return shape.rows == 0 || shape.inputs == 0 || shape.outputs == 0; }

}  // namespace lanemark::hopper
