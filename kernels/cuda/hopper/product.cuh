// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/hopper/shape.cuh"
#include "kernels/cuda/hopper/tf32.cuh"
#include "kernels/cuda/hopper/wgmma.cuh"

// C[m, n] = A · B on the tensor cores of compute capability 9.0, bfloat16 or tf32, summed in float. One block to a
// multiprocessor works through tiles of C. One warp has TMA fetch slices of A and B into a ring of stages;
// two warpgroups multiply them, each the rows of C that are its own, and write their sums through shared memory with
// TMA, while the next tile's slices are already on their way. (Warp specialisation: Bauer et al. 2011; the
// scheme for this chip is CUTLASS 3's.)
//
// flops: 2 · m · n · depth. bytes, from the L2: a tile of 128 x 256 fetches 48 KiB for 4.2 Mflop in bfloat16.
//
// Two blocks may pair up as a cluster: to share what they both read (`shares_b`), or, where C has too few tiles for the
// chip, to halve the depth of one tile and add up through each other's shared memory (`splits_depth`). Deeper splits go
// through memory in pieces, which the caller adds in order, so that the result depends on the shape alone.

namespace lanemark::hopper {

template <class Shape>
__device__ void fetch_tile(const Product& product, const Layout<Shape>& layout, const Work& work, unsigned rank,
                           Turn<Shape>& turn) {
  using PartOfB = std::conditional_t<Shape::tile.shares_b, typename Shape::HalfOfB, typename Shape::SlicesB>;
  const unsigned mine = Shape::tile.shares_b ? rank % 2 : 0;
  [[maybe_unused]] const auto sharers = static_cast<std::uint16_t>(3U << (rank - mine));
  Fetcher<typename Shape::SlicesA> a{product.a, work.row, work.begin};
  Fetcher<PartOfB> b{product.b, work.column + mine * (Shape::tile_n / 2), work.begin};
  for (unsigned slice = work.begin; slice < work.end; ++slice, turn.advance()) {
    const SharedAddress full = layout.full + 8 * turn.stage;
    barrier::wait(layout.empty + 8 * turn.stage, turn.phase ^ 1U);
    barrier::expect(full, Shape::stage_bytes);
    a.fetch(layout.a(turn.stage), full);
    b.template fetch<Shape::tile.shares_b>(layout.b(turn.stage) + mine * PartOfB::bytes, full, sharers);
  }
}

/// One warpgroup's sums of a tile.
template <class Shape>
using Sums = float[Shape::tile.m_blocks][Shape::tile.n / 2];

/// What B is of a stage to a warpgroup, and how far the next 32 bytes of the depth lie.
template <class Shape>
__device__ std::uint64_t describe_b(SharedAddress b, unsigned group) {
  constexpr unsigned in_row = row_bytes / sizeof(typename Shape::Element);
  constexpr unsigned of_group = Shape::multiplied_b == Along::depth
                                    ? Shape::tile.n * row_bytes
                                    : Shape::tile.n / in_row * Shape::SlicesB::block_bytes;
  return wgmma::describe(b + group % Shape::tile.across * of_group, 8 * row_bytes, Shape::SlicesB::block_bytes);
}

/// From one step, 32 bytes of the depth, to the next, in a descriptor: in a row along the depth, or some rows along the
/// outer index.
template <class Element>
__device__ constexpr std::uint64_t step_of(Along along) {
  constexpr unsigned bytes = 32;
  return (along == Along::depth ? bytes : bytes / sizeof(Element) * row_bytes) >> 4U;
}

template <class Shape>
__device__ void multiply_stage(SharedAddress a, SharedAddress b, unsigned group, bool accumulate, Sums<Shape>& sums) {
  using Element = typename Shape::Element;
  constexpr Tile tile = Shape::tile;
  constexpr unsigned block_of_rows = Shape::a == Along::depth ? 64 * row_bytes : Shape::SlicesA::block_bytes;
  const std::uint64_t of_a = wgmma::describe(a + group / tile.across * tile.m_blocks * block_of_rows, 8 * row_bytes,
                                             Shape::SlicesA::block_bytes);
  const std::uint64_t of_b = describe_b<Shape>(b, group);
  wgmma::fence();
#pragma unroll
  for (unsigned k = 0; k < Shape::steps; ++k) {
    const std::uint64_t at_b = of_b + k * step_of<Element>(Shape::b);
#pragma unroll
    for (unsigned i = 0; i < tile.m_blocks; ++i) {
      const std::uint64_t at_a = of_a + k * step_of<Element>(Shape::a) + i * (block_of_rows >> 4U);
      if constexpr (Shape::tf32) multiply_tf32<tile.n>(sums[i], at_a, at_b, accumulate || k > 0);
      else
        multiply_bf16<Shape::a == Along::outer, Shape::b == Along::outer, tile.n>(sums[i], at_a, at_b,
                                                                                  accumulate || k > 0);
    }
  }
  wgmma::commit();
}

template <class Shape>
__device__ void multiply_stage(const RegistersOfA& a, SharedAddress b, unsigned group, bool accumulate,
                               Sums<Shape>& sums) {
  const std::uint64_t of_b = describe_b<Shape>(b, group);
  wgmma::fence();
#pragma unroll
  for (unsigned k = 0; k < Shape::steps; ++k) {
    multiply_tf32<Shape::tile.n>(sums[0], a.of_step[k], of_b + k * step_of<float>(Shape::multiplied_b),
                                 accumulate || k > 0);
  }
  wgmma::commit();
}

/// Says that the warpgroup has read a stage: to its own block, and to the other where that fills it too.
template <class Shape>
__device__ void release(const Layout<Shape>& layout, unsigned stage, unsigned rank, unsigned thread) {
  const SharedAddress empty = layout.empty + 8 * stage;
  if constexpr (Shape::tile.shares_b) {
    if (thread < 2) barrier::arrive(in_block(empty, rank - rank % 2 + thread));
  } else {
    if (thread == 0) barrier::arrive(empty);
  }
}

template <class Shape>
__device__ void multiply_tile(const Layout<Shape>& layout, const Work& work, unsigned rank, unsigned group,
                              unsigned thread, Turn<Shape>& turn, Sums<Shape>& sums) {
  unsigned previous = 0;
  for (unsigned slice = work.begin; slice < work.end; ++slice, turn.advance()) {
    barrier::wait(layout.full + 8 * turn.stage, turn.phase);
    multiply_stage<Shape>(layout.a(turn.stage), layout.b(turn.stage), group, slice > work.begin, sums);
    wgmma::wait<1>();
    if (slice > work.begin) release(layout, previous, rank, thread);
    previous = turn.stage;
  }
  wgmma::wait<0>();
  if (work.begin < work.end) release(layout, previous, rank, thread);
}

/// With A in registers, where the next stage's are read while this one's multiply. If B was turned, that is all a warp
/// reads of a stage, and it says so itself.
template <class Shape>
requires Shape::a_in_registers __device__ void multiply_tile(const Layout<Shape>& layout, const Work& work,
                                                             unsigned rank, unsigned group, unsigned thread,
                                                             Turn<Shape>& turn, Sums<Shape>& sums) {
  if (work.begin >= work.end) return;
  const auto b_of = [&](unsigned stage) {
    return Shape::turns_b ? layout.turned + turn.turned.stage * Shape::turned_bytes : layout.b(stage);
  };
  const unsigned group_m = group / Shape::tile.across;
  const auto read_a = [&] {
    barrier::wait(layout.full + 8 * turn.stage, turn.phase);
    const RegistersOfA read{layout.a(turn.stage), group_m, thread};
    if constexpr (Shape::turns_b) {
      __syncwarp();
      if (thread % 32 == 0) barrier::arrive(layout.empty + 8 * turn.stage);
    }
    return read;
  };
  RegistersOfA a = read_a();
  for (unsigned slice = work.begin; slice < work.end; ++slice) {
    const unsigned stage = turn.stage;
    if constexpr (Shape::turns_b) barrier::wait(layout.turned_full + 8 * turn.turned.stage, turn.turned.phase);
    multiply_stage<Shape>(a, b_of(stage), group, slice > work.begin, sums);
    turn.advance();
    RegistersOfA next;
    if (slice + 1 < work.end) next = read_a();
    wgmma::wait<0>();
    a.keep();
    if constexpr (Shape::turns_b) {
      if (thread == 0) barrier::arrive(layout.turned_empty + 8 * turn.turned.stage);
      turn.turned.advance();
    } else {
      release(layout, stage, rank, thread);
    }
    a = next;
  }
}

}  // namespace lanemark::hopper
