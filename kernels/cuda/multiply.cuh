// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <array>

#include "kernels/cuda/ampere/product.cuh"
#include "kernels/cuda/capability.hpp"
#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/pieces.hpp"
#include "kernels/cuda/tiles.hpp"
#include "kernels/cuda/workspace.hpp"

// From operands to a launch, on CUDA cores or on tensor cores. Where C has too few tiles to fill a GPU, the depth is
// cut into equal pieces whose products go to the stream's workspace and are then added in order: the result depends on
// the shape alone.

namespace lanemark::gemm {

template <class Kernel, class OnePart, std::size_t count>
void multiply_by(StreamRef stream, std::array<OnePart, count> parts, unsigned n, const Array& c, const Finish& finish) {
  unsigned rows = 0;
  unsigned depth = 0;
  unsigned most_rows = 0;
  for (const OnePart& part : parts) {
    rows += part.m;
    depth = std::max(depth, part.depth);
    most_rows = std::max(most_rows, part.m);
  }
  if (rows == 0 || n == 0) return;
  const Plan cut = plan(rows, n, depth, {Kernel::least_piece, Kernel::has_narrow_tile});
  const auto steps = [](unsigned value, unsigned step) { return (value + step - 1) / step; };
  for (OnePart& part : parts) {
    part.piece = steps(steps(part.depth, cut.pieces), Kernel::slice_depth) * Kernel::slice_depth;
  }
  const bool whole = cut.pieces == 1;
  const Array to = whole ? c : Array{DType::float32, workspace(stream), 0};
  const auto product_of = [&]<std::size_t... i>(std::index_sequence<i...>) {
    return Product<OnePart, count>{{parts[i]...}, n, rows, Destination{to, n, whole ? finish : Finish{}}};
  };
  const std::size_t tiles = std::size_t{steps(most_rows, cut.tile.m)} * steps(n, cut.tile.n);
  const dim3 grid{dimension(tiles), cut.pieces, static_cast<unsigned>(count)};
  const auto product = product_of(std::make_index_sequence<count>{});
  if constexpr (Kernel::has_narrow_tile) {
    if (cut.tile.n == narrow_tile.n) Kernel::template launch<narrow_tile.m, narrow_tile.n>(stream, grid, product);
  }
  if (cut.tile.m == 128 && cut.tile.n == 128) Kernel::template launch<128, 128>(stream, grid, product);
  else if (cut.tile.m == 128 && cut.tile.n == 64) Kernel::template launch<128, 64>(stream, grid, product);
  else if (cut.tile.m == 64) Kernel::template launch<64, 64>(stream, grid, product);
  if (!whole) add_pieces(stream, static_cast<const float*>(to.data()), cut.pieces, rows, n, c, finish);
}

/// Enqueues C = A · B, finished, all its parts at once. `tf32`: as the operations say.
template <class OnePart, std::size_t count>
void multiply(StreamRef stream, bool tf32, const std::array<OnePart, count>& parts, std::size_t n, const Array& c,
              const Finish& finish = {}) {
  using Element = typename decltype(OnePart::a)::Element;
  const bool tensor_cores = capability(stream.device()).major >= 8 && (tf32 || !std::is_same_v<Element, float>);
  if (tensor_cores) multiply_by<ampere::TensorCores>(stream, parts, dimension(n), c, finish);
  else multiply_by<CudaCores>(stream, parts, dimension(n), c, finish);
}

/// C[m, n] = A · B.
template <class A, class B>
void multiply(StreamRef stream, bool tf32, std::size_t m, std::size_t n, std::size_t depth, const A& a, const B& b,
              const Array& c, const Finish& finish = {}) {
  multiply(stream, tf32, std::array{Part<A, B, EveryRow>{a, b, {}, dimension(m), dimension(depth)}}, n, c, finish);
}

}  // namespace lanemark::gemm
