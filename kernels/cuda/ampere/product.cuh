// SPDX-License-Identifier: MIT

#pragma once

#include <type_traits>

#include "kernels/cuda/ampere/slice.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/product.cuh"
#include "kernels/cuda/sources.cuh"

// C[m, n] = A · B on the tensor cores of compute capability 8.0 and later, bfloat16 operands or float cut off to tf32,
// summed in float. Operands are read through sources (sources.cuh), so any alignment, any stride and any number of
// channels will do.
//
// Each block of four warps makes one tile of C, each warp a part of it. Slices of A and B, 64 bytes of the
// depth, are copied into a ring of four stages in shared memory in the background, three ahead of the one being
// multiplied (multistage pipeline as in CUTLASS 2; NVIDIA 2020).
//
// flops: 2 · m · n · depth. bytes: at least those of A, B and C once.

namespace lanemark::ampere {

constexpr unsigned stages = 4;

template <class OneProduct, unsigned tile_m, unsigned tile_n>
struct Shape {
  using OnePart = std::remove_cvref_t<decltype(OneProduct::parts[0])>;
  using A = decltype(OnePart::a);
  using B = decltype(OnePart::b);
  using SliceA = Slice<A, tile_m>;
  using SliceB = Slice<B, tile_n>;
  static constexpr unsigned stage_bytes = SliceA::bytes + SliceB::bytes;
  static constexpr unsigned shared_bytes = stages * stage_bytes;
  /// The warps' parts of a tile lie side by side in a rectangle.
  static constexpr unsigned warps_m = tile_n >= 64 ? 2 : 4;
  static constexpr unsigned warps_n = 4 / warps_m;
  static constexpr unsigned threads = 128;
};

/// One warp's part of a tile of C, in groups of 16 x 8.
template <unsigned height, unsigned width>
struct Sums {
  static constexpr unsigned rows = height / 16;
  static constexpr unsigned columns = width / 8;
  float sums[rows][columns][4] = {};

  /// Of half a slice.
  template <class SliceA, class SliceB>
  struct Fragments {
    typename SliceA::Fragment a[rows];
    typename SliceB::Fragment b[columns / 2];

    __device__ void load(unsigned slice, unsigned row, unsigned column, unsigned half) {
#pragma unroll
      for (unsigned i = 0; i < rows; ++i) a[i] = SliceA::fragment(slice, row + i * 16, half);
#pragma unroll
      for (unsigned j = 0; j < columns / 2; ++j) b[j] = SliceB::fragment(slice + SliceA::bytes, column + j * 16, half);
    }
  };

  template <class SliceA, class SliceB>
  __device__ void multiply(const Fragments<SliceA, SliceB>& of) {
#pragma unroll
    for (unsigned i = 0; i < rows; ++i) {
#pragma unroll
      for (unsigned j = 0; j < columns; ++j) {
        multiply_add<typename SliceA::Element>(sums[i][j], of.a[i].quarters, of.b[j / 2].quarters[j % 2],
                                               of.b[j / 2].quarters[j % 2 + 2]);
      }
    }
  }

  /// Two lanes exchange their halves, so that each has four neighbours in one row.
  template <class OneProduct, class OnePart>
  __device__ void write(const OneProduct& product, const OnePart& part, unsigned first_row,
                        unsigned first_column) const {
    const unsigned lane = threadIdx.x % 32;
    const bool odd = lane % 2 != 0;
#pragma unroll
    for (unsigned i = 0; i < rows; ++i) {
      const unsigned row = first_row + i * 16 + lane / 4 + (odd ? 8 : 0);
      const bool inside = row < part.m;
      const std::size_t to = std::size_t{blockIdx.y} * product.rows + (inside ? part.rows.at(row) : 0);
#pragma unroll
      for (unsigned j = 0; j < columns; ++j) {
        const float(&mine)[4] = sums[i][j];
        const float others[2] = {__shfl_xor_sync(0xffffffffU, odd ? mine[0] : mine[2], 1),
                                 __shfl_xor_sync(0xffffffffU, odd ? mine[1] : mine[3], 1)};
        const float four[4] = {odd ? others[0] : mine[0], odd ? others[1] : mine[1], odd ? mine[2] : others[0],
                               odd ? mine[3] : others[1]};
        if (inside) product.destination.store(to, first_column + j * 8 + lane % 4 / 2 * 4, four);
      }
    }
  }
};

template <class OneProduct, unsigned tile_m, unsigned tile_n>
__global__ void __launch_bounds__(Shape<OneProduct, tile_m, tile_n>::threads, 2)
    multiply_tile(const __grid_constant__ OneProduct product) {
  using This = Shape<OneProduct, tile_m, tile_n>;
  using SliceA = typename This::SliceA;
  using SliceB = typename This::SliceB;
  extern __shared__ __align__(128) std::uint8_t ring[];

  // Neighbouring blocks make a square of tiles, so that what they read stays in the cache.
  constexpr unsigned group_rows = 8;
  const unsigned tiles_n = (product.n + tile_n - 1) / tile_n;
  const unsigned tiles_m = gridDim.x / tiles_n;
  const unsigned group = blockIdx.x / (group_rows * tiles_n);
  const unsigned in_group = blockIdx.x % (group_rows * tiles_n);
  const unsigned rows_of_group = min(group_rows, tiles_m - group * group_rows);
  const unsigned first_row = (group * group_rows + in_group % rows_of_group) * tile_m;
  const unsigned first_column = in_group / rows_of_group * tile_n;
  const auto& part = product.part();
  if (first_row >= part.m) return;

  const unsigned begin = blockIdx.y * part.piece;
  const unsigned end = min(begin + part.piece, part.depth);
  const Filler<typename This::A, tile_m, This::threads> filler_a{part.a, first_row};
  const Filler<typename This::B, tile_n, This::threads> filler_b{part.b, first_column};
  const unsigned base = shared_address(ring);
  const auto fill = [&](unsigned at, unsigned stage) {
    const unsigned to = base + stage * This::stage_bytes;
    if (at < end) {
      filler_a.fill(to, at);
      filler_b.fill(to + SliceA::bytes, at);
    }
    commit_copies();
  };

  constexpr unsigned ahead = stages - 1;
#pragma unroll 1
  for (unsigned i = 0; i < ahead; ++i) fill(begin + i * SliceA::depth, i);

  constexpr unsigned height = tile_m / This::warps_m;
  constexpr unsigned width = tile_n / This::warps_n;
  const unsigned warp = threadIdx.x / 32;
  const unsigned row = warp / This::warps_n * height;
  const unsigned column = warp % This::warps_n * width;
  using WarpSums = Sums<height, width>;
  WarpSums sums;
  unsigned stage = 0;
#pragma unroll 1
  for (unsigned at = begin; at < end; at += SliceA::depth) {
    wait_for_copies<ahead - 1>();
    __syncthreads();
    // Everyone has done with the slice before this one: its place is free.
    fill(at + ahead * SliceA::depth, (stage + ahead) % stages);
    const unsigned now = base + stage * This::stage_bytes;
#pragma unroll
    for (unsigned half = 0; half < 2; ++half) {
      typename WarpSums::template Fragments<SliceA, SliceB> fragments;
      fragments.load(now, row, column, half);
      sums.multiply(fragments);
    }
    stage = (stage + 1) % stages;
  }
  sums.write(product, part, first_row + row, first_column + column);
}

/// The kernel as multiply.cuh asks for one.
struct TensorCores {
  static constexpr bool has_narrow_tile = true;
  static constexpr unsigned slice_depth = 32;   ///< a multiple of both types'
  static constexpr unsigned least_piece = 512;  ///< so that writing and adding the pieces stays cheap

  template <unsigned tile_m, unsigned tile_n, class OneProduct>
  static void launch(StreamRef stream, dim3 grid, const OneProduct& product) {
    using This = Shape<OneProduct, tile_m, tile_n>;
    Launch{stream, grid, This::threads, This::shared_bytes}(multiply_tile<OneProduct, tile_m, tile_n>, product);
  }
};

}  // namespace lanemark::ampere
