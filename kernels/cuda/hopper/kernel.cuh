// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/hopper/leave.cuh"

// The kernel of product.cuh, and its launch.

namespace lanemark::hopper {

/// Each block of a pair gets the other's sums for the rows it will write, and adds them.
template <class Shape>
__device__ void add_from_pair(const Layout<Shape>& layout, unsigned rank, unsigned group, unsigned thread,
                              Sums<Shape>& sums) {
  constexpr unsigned fours = Shape::tile.n / 8;
  static_assert(Shape::tile.m_blocks == 1 && Shape::tile.warpgroups == 2 &&
                fours * 128 * 16 <= Shape::stages * Shape::stage_bytes);
  synchronize_cluster();  // both have read their last stages, whose memory now serves
  const SharedAddress mine = layout.stages + thread * 16;
  constexpr unsigned apart = Shape::tile.shares_b ? 2 : 1;
  const unsigned half = half_of(rank, Shape::tile);
  if (group != half) {
    const SharedAddress there = in_block(mine, rank ^ apart);
#pragma unroll
    for (unsigned i = 0; i < fours; ++i) {
      asm volatile("st.shared::cluster.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(there + i * 128 * 16), "f"(sums[0][4 * i]),
                   "f"(sums[0][4 * i + 1]), "f"(sums[0][4 * i + 2]), "f"(sums[0][4 * i + 3])
                   : "memory");
    }
  }
  synchronize_cluster();
  if (group == half) {
#pragma unroll
    for (unsigned i = 0; i < fours; ++i) {
      float4 other;
      asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];"
                   : "=f"(other.x), "=f"(other.y), "=f"(other.z), "=f"(other.w)
                   : "r"(mine + i * 128 * 16)
                   : "memory");
      sums[0][4 * i] += other.x;
      sums[0][4 * i + 1] += other.y;
      sums[0][4 * i + 2] += other.z;
      sums[0][4 * i + 3] += other.w;
    }
  }
  publish_to_engines();
}

template <class Shape>
__global__ void __launch_bounds__(Shape::threads, 1) multiply(const __grid_constant__ Product product) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  extern __shared__ std::uint8_t memory[];
  const Layout<Shape> layout{memory};
  constexpr Tile tile = Shape::tile;
  constexpr unsigned threads_of_group = 128;
  const unsigned rank = tile.blocks() == 1 ? 0 : rank_in_cluster();
  const unsigned warpgroup = threadIdx.x / threads_of_group;
  const unsigned thread = threadIdx.x % threads_of_group;
  if (threadIdx.x == 0) {
    // Of a stage: warpgroups, of both blocks where they share; or single warps, where B is turned.
    constexpr unsigned readers =
        Shape::turns_b ? 4 * tile.warpgroups + Shape::turners : tile.warpgroups * (tile.shares_b ? 2 : 1);
    for (unsigned i = 0; i < Shape::stages; ++i) {
      barrier::initialise(layout.full + 8 * i, 1);
      barrier::initialise(layout.empty + 8 * i, readers);
    }
    if constexpr (Shape::turns_b) {
      for (unsigned i = 0; i < 2; ++i) {
        barrier::initialise(layout.turned_full + 8 * i, Shape::turners);
        barrier::initialise(layout.turned_empty + 8 * i, tile.warpgroups);
      }
    }
    for (unsigned i = 0; i < Shape::buffers * tile.warpgroups; ++i) barrier::initialise(layout.masks + 8 * i, 1);
    barrier::publish_initialised();
  }
  if constexpr (tile.blocks() == 1) __syncthreads();
  else synchronize_cluster();

  wait_for_earlier_kernels();

  const unsigned units = product.units_m * product.tiles_n * product.pieces;
  const unsigned first = blockIdx.x / tile.blocks();
  const unsigned next = gridDim.x / tile.blocks();
  Turn<Shape> turn;
  if (warpgroup >= tile.warpgroups) {
    const unsigned standing_by = threadIdx.x - Shape::multipliers;
    give_up_registers<Shape::registers_to_stand_by>();
    for (unsigned unit = first; unit < units; unit += next) {
      const Work work = Work::at<Shape>(product, unit, rank);
      if (standing_by == 0) fetch_tile(product, layout, work, rank, turn);
      if constexpr (Shape::turns_b) {
        if (standing_by >= 32) turn_tile(layout, work, standing_by / 32 - 1, standing_by % 32, turn);
      }
      if constexpr (tile.splits_depth) {
        synchronize_cluster();
        synchronize_cluster();
        synchronize(1, Shape::threads);
      }
    }
  } else {
    take_registers<Shape::registers_to_multiply>();
    const unsigned group = warpgroup;
    Exit<Shape> exit{product, layout, group, thread};
    for (unsigned unit = first; unit < units; unit += next) {
      const Work work = Work::at<Shape>(product, unit, rank);
      const bool writes = !tile.splits_depth || group == half_of(rank, tile);
      if (writes) exit.begin(work);
      Sums<Shape> sums;
      if (work.begin >= work.end) {
#pragma unroll
        for (unsigned i = 0; i < tile.m_blocks * tile.n / 2; ++i) (&sums[0][0])[i] = 0;
      }
      multiply_tile(layout, work, rank, group, thread, turn, sums);
      if constexpr (tile.splits_depth) {
        add_from_pair<Shape>(layout, rank, group, thread, sums);
        synchronize(1, Shape::threads);
      }
      if (writes) exit.write(work, sums);
    }
    if (thread == 0) copy::wait_until_written<0>();
  }
  // The other may still write to this block's memory.
  if constexpr (tile.blocks() > 1) synchronize_cluster();
#endif
}

}  // namespace lanemark::hopper
