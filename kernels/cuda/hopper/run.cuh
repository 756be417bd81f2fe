// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <tuple>

#include "kernels/cuda/capability.hpp"
#include "kernels/cuda/hopper/launch.cuh"
#include "kernels/cuda/hopper/operands.hpp"
#include "kernels/cuda/hopper/plan.hpp"
#include "kernels/cuda/pieces.hpp"
#include "kernels/cuda/tiles.hpp"
#include "kernels/cuda/workspace.hpp"

// From an operation to a launch: the tile is planned, the tensors are described in boxes of its size, and pieces of the
// depth, if there are any, are added up.

namespace lanemark::hopper {

/// Whether there is such a GPU under the stream.
inline bool is_hopper(StreamRef stream) {
  const Capability of_gpu = capability(stream.device());
  return of_gpu.major == 9 && of_gpu.minor == 0;
}

/// Whether operands of this type multiply on its tensor cores.
inline bool on_tensor_cores(StreamRef stream, DType operands, bool tf32) {
  return is_hopper(stream) && (operands == DType::bfloat16 || tf32);
}

/// How a result is written and what is done to it on the way.
struct Result {
  Array c;
  std::size_t rows, groups, columns;  ///< as they lie in memory
  Finish finish;
};

/// All tiles for one combination of operands. `Operands` has `a(box)` and `b(box)`, which describe them.
template <class Element, Source source_a, Source source_b, bool transposed, Tile... tiles>
class Family {
 public:
  /// Enqueues C[m, n] = A · B, `depth` in elements.
  template <class Operands>
  static void run(StreamRef stream, std::size_t m, std::size_t n, std::size_t depth, const Operands& operands,
                  const Result& result) {
    const std::size_t piece_bytes = sizeof(float) * result.rows * result.groups * result.columns;
    const Problem problem{m, n, depth * sizeof(Element), std::max<std::size_t>(1, workspace_size.value / piece_bytes),
                          capability(stream.device()).multiprocessors};
    const Plan best = plan(problem, candidates);
    std::size_t number = 0;
    const auto run_if_chosen = [&]<Tile tile>(std::integral_constant<Tile, tile>) {
      if (number++ != best.candidate) return;
      if (best.pieces > 1 || result.c.dtype() == DType::float32)
        run_as<tile, float>(stream, problem, best, operands, result);
      else if constexpr (!std::is_same_v<Element, float>)
        run_as<tile, BFloat16>(stream, problem, best, operands, result);
    };
    (run_if_chosen(std::integral_constant<Tile, tiles>{}), ...);
  }

 private:
  template <Tile tile>
  static constexpr Candidate candidate() {
    using Any = Shape<Element, source_a, source_b, tile, float, transposed>;
    return {Any::tile_m,
            Any::tile_n,
            tile.n,
            tile.blocks(),
            tile.shares_b,
            tile.splits_depth,
            Any::SlicesA::depth * static_cast<unsigned>(sizeof(Element))};
  }
  static constexpr std::array<Candidate, sizeof...(tiles)> candidates{candidate<tiles>()...};

  template <Tile tile, class Out, class Operands>
  static void run_as(StreamRef stream, const Problem& problem, const Plan& best, const Operands& operands,
                     const Result& result) {
    using This = Shape<Element, source_a, source_b, tile, Out, transposed>;
    using PartOfB = std::conditional_t<tile.shares_b, typename This::HalfOfB, typename This::SlicesB>;
    const bool cut = best.pieces > 1;
    const std::size_t slices =
        (problem.depth + row_bytes / (tile.halves_slices ? 2 : 1) - 1) / (row_bytes / (tile.halves_slices ? 2 : 1));
    const std::size_t rows = (problem.m + This::tile_m - 1) / This::tile_m;
    const Array c = cut ? Array{DType::float32, workspace(stream), 0} : result.c;
    constexpr unsigned box_rows = transposed ? 32 : 64;
    Product product{};
    product.a = operands.a(This::a == Along::depth ? This::tile_m : This::SlicesA::depth);
    product.b = operands.b(This::b == Along::depth ? PartOfB::block_bytes / row_bytes : This::SlicesB::depth);
    product.c = lanemark::hopper::result(c, result.columns, result.groups, result.rows, best.pieces, box_rows);
    product.units_m = gemm::dimension(tile.shares_b ? (rows + 1) / 2 : rows);
    product.tiles_n = gemm::dimension((problem.n + This::tile_n - 1) / This::tile_n);
    product.slices = gemm::dimension(slices);
    product.pieces = best.pieces;
    product.slices_of_piece = gemm::dimension((slices + best.pieces - 1) / best.pieces);
    // Columns of the tiles in a group of the result: whole blocks of channels at each tap.
    product.group_columns = gemm::dimension(result.groups == 1 ? std::size_t{1} << 30U : problem.n / result.groups);
    product.n = gemm::dimension(problem.n);
    if (!cut) {
      product.bias = result.finish.bias;
      product.relu = result.finish.relu;
      product.masked = !result.finish.mask.empty();
      if (product.masked) {
        product.mask =
            lanemark::hopper::result(result.finish.mask, result.columns, result.groups, result.rows, 1, box_rows);
      }
    }
    launch<This>(stream, product, best.blocks);
    if (cut) {
      add_pieces(stream, static_cast<const float*>(c.data()), best.pieces, result.rows * result.groups, result.columns,
                 result.c, result.finish);
    }
  }
};

}  // namespace lanemark::hopper
