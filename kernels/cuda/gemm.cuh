// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/product.cuh"
#include "kernels/cuda/sources.cuh"

// C[m, n] = A · B in single precision on the CUDA cores, summed over `depth`; float or bfloat16 elements. A and B are
// read through sources (sources.cuh), so that one core serves every transposition and, with patches gathered on the
// way, the convolution.
//
// Each block of 256 threads makes one tile of C. It walks along the depth in steps of 16: while the slices of A and B
// of one step are multiplied from shared memory, those of the next are on their way to registers. Each thread keeps
// (tile_m / 16) x (tile_n / 16) sums in registers, in groups of 4 x 4 that lie 64 apart, so that a warp reads shared
// memory without conflicts and writes C in whole cache lines. (Volkov and Demmel 2008; the layout is CUTLASS's.)
//
// flops: 2 · m · n · depth. bytes: at least 4 · (m · depth + depth · n + m · n).

namespace lanemark::gemm {

constexpr unsigned threads = 256;
constexpr unsigned slice_depth = 16;
constexpr unsigned group_apart = 64;  // 16 threads times 4

__device__ inline float4 load_whole(const float* from) { return *reinterpret_cast<const float4*>(from); }
__device__ inline float4 load_whole(const BFloat16* from) {
  const uint2 both = *reinterpret_cast<const uint2*>(from);
  return make_float4(__uint_as_float(both.x << 16U), __uint_as_float(both.x & 0xffff0000U),
                     __uint_as_float(both.y << 16U), __uint_as_float(both.y & 0xffff0000U));
}

/// Which elements of a slice of one operand, `tile` wide and 16 deep, a thread carries into shared memory.
template <class Source, unsigned tile>
struct Carrier {
  static constexpr unsigned count = tile * slice_depth / (4 * threads);  ///< groups of four
  static constexpr unsigned row = tile + 4;  ///< of shared memory; the rest lessens conflicts
  static constexpr unsigned groups = tile / 4;
  static constexpr unsigned place_count = Source::along_depth ? count : 1;  ///< else all groups share one

  const Source& source;  ///< a kernel's argument, which stays in constant memory: a copy takes registers
  typename Source::Place places[place_count];
  unsigned first, thread;

  __device__ Carrier(const Source& from, unsigned first_outer, unsigned thread_index)
      : source{from}, first{first_outer}, thread{thread_index} {
    for (unsigned i = 0; i < place_count; ++i) places[i] = source.place(first + outer(i));
  }
  [[nodiscard]] __device__ unsigned outer(unsigned i) const {
    return Source::along_depth ? thread / (slice_depth / 4) + i * (threads / (slice_depth / 4)) : thread % groups * 4;
  }
  [[nodiscard]] __device__ unsigned inner(unsigned i) const {
    return Source::along_depth ? thread % (slice_depth / 4) * 4 : thread / groups + i * (threads / groups);
  }
  __device__ void load(unsigned at, float4 (&values)[count]) const {
    if (source.run >= 4) load_fours(at, values);
    else load_singly(at, values);
  }
  __device__ void store(const float4 (&values)[count], float* shared) const {
#pragma unroll
    for (unsigned i = 0; i < count; ++i) {
      float* const to = shared + inner(i) * row + outer(i);
      if constexpr (Source::along_depth) {
        to[0] = values[i].x;
        to[row] = values[i].y;
        to[2 * row] = values[i].z;
        to[3 * row] = values[i].w;
      } else {
        *reinterpret_cast<float4*>(to) = values[i];
      }
    }
  }

 private:
  __device__ void load_fours(unsigned at, float4 (&values)[count]) const {
    const auto shared_step = source.step(at + inner(0));
#pragma unroll
    for (unsigned i = 0; i < count; ++i) {
      const auto step = Source::along_depth ? shared_step : source.step(at + inner(i));
      const auto from = source.at(places[i % place_count], step);
      values[i] = from.there ? load_whole(from.data) : make_float4(0, 0, 0, 0);
    }
  }
  __device__ void load_singly(unsigned at, float4 (&values)[count]) const {
    const auto one = [&](unsigned i, unsigned j) {
      const auto from = Source::along_depth ? source.at(places[i % place_count], source.step(at + inner(i) + j))
                                            : source.at(source.place(first + outer(i) + j), source.step(at + inner(i)));
      return from.there ? to_float(*from.data) : 0.0F;
    };
#pragma unroll
    for (unsigned i = 0; i < count; ++i) values[i] = make_float4(one(i, 0), one(i, 1), one(i, 2), one(i, 3));
  }
};

/// One thread's part of a tile of C.
template <unsigned tile_m, unsigned tile_n>
struct Sums {
  static constexpr unsigned rows = tile_m / 16;
  static constexpr unsigned columns = tile_n / 16;

  float sums[rows][columns] = {};
  unsigned y, x;  ///< place among 16 x 16 threads; a warp is 4 high and 8 wide

  __device__ explicit Sums(unsigned thread)
      : y{thread / 64 * 4 + thread % 32 / 8}, x{thread / 32 % 2 * 8 + thread % 8} {}

  /// One depth's elements, read while those of the depth before multiply.
  struct Fragments {
    float left[rows];
    float right[columns];
  };

  template <unsigned a_row, unsigned b_row>
  __device__ void multiply(const float* a, const float* b) {
    Fragments turns[2];
    read(a, b, turns[0]);
#pragma unroll
    for (unsigned k = 0; k < slice_depth; ++k) {
      if (k + 1 < slice_depth) read(a + (k + 1) * a_row, b + (k + 1) * b_row, turns[(k + 1) % 2]);
      const Fragments& now = turns[k % 2];
#pragma unroll
      for (unsigned i = 0; i < rows; ++i) {
#pragma unroll
        for (unsigned j = 0; j < columns; ++j) sums[i][j] += now.left[i] * now.right[j];
      }
    }
  }

  template <class OneProduct, class OnePart>
  __device__ void write(const OneProduct& product, const OnePart& part, unsigned first_row,
                        unsigned first_column) const {
#pragma unroll
    for (unsigned i = 0; i < rows; ++i) {
      const unsigned row = first_row + y * 4 + i / 4 * group_apart + i % 4;
      if (row >= part.m) continue;
      const std::size_t to = std::size_t{blockIdx.y} * product.rows + part.rows.at(row);
#pragma unroll
      for (unsigned j = 0; j < columns; j += 4) {
        const float four[4] = {sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]};
        product.destination.store(to, first_column + x * 4 + j / 4 * group_apart, four);
      }
    }
  }

 private:
  __device__ void read(const float* a, const float* b, Fragments& to) const {
#pragma unroll
    for (unsigned i = 0; i < rows; i += 4) fetch(a + y * 4 + i / 4 * group_apart, to.left + i);
#pragma unroll
    for (unsigned j = 0; j < columns; j += 4) fetch(b + x * 4 + j / 4 * group_apart, to.right + j);
  }
  __device__ static void fetch(const float* from, float* to) {
    const float4 four = *reinterpret_cast<const float4*>(from);
    to[0] = four.x;
    to[1] = four.y;
    to[2] = four.z;
    to[3] = four.w;
  }
};

template <class OneProduct, unsigned tile_m, unsigned tile_n>
__global__ void __launch_bounds__(threads, 2) multiply_tile(const __grid_constant__ OneProduct product) {
  const auto& part = product.part();
  using CarryA = Carrier<std::remove_cvref_t<decltype(part.a)>, tile_m>;
  using CarryB = Carrier<std::remove_cvref_t<decltype(part.b)>, tile_n>;
  __shared__ __align__(16) float shared_a[2][slice_depth * CarryA::row];
  __shared__ __align__(16) float shared_b[2][slice_depth * CarryB::row];

  const unsigned tiles_n = (product.n + tile_n - 1) / tile_n;
  const unsigned first_row = blockIdx.x / tiles_n * tile_m;
  const unsigned first_column = blockIdx.x % tiles_n * tile_n;
  if (first_row >= part.m) return;
  const unsigned begin = blockIdx.y * part.piece;
  const unsigned end = min(begin + part.piece, part.depth);

  const CarryA carry_a{part.a, first_row, threadIdx.x};
  const CarryB carry_b{part.b, first_column, threadIdx.x};
  Sums<tile_m, tile_n> sums{threadIdx.x};
  float4 next_a[CarryA::count];
  float4 next_b[CarryB::count];

  carry_a.load(begin, next_a);
  carry_b.load(begin, next_b);
  carry_a.store(next_a, shared_a[0]);
  carry_b.store(next_b, shared_b[0]);
  __syncthreads();
  unsigned current = 0;
  for (unsigned at = begin; at < end; at += slice_depth) {
    const bool more = at + slice_depth < end;
    if (more) {
      carry_a.load(at + slice_depth, next_a);
      carry_b.load(at + slice_depth, next_b);
    }
    sums.template multiply<CarryA::row, CarryB::row>(shared_a[current], shared_b[current]);
    if (more) {
      carry_a.store(next_a, shared_a[current ^ 1U]);
      carry_b.store(next_b, shared_b[current ^ 1U]);
    }
    __syncthreads();
    current ^= 1U;
  }
  sums.write(product, part, first_row, first_column);
}

/// The kernel as multiply.cuh asks for one.
struct CudaCores {
  static constexpr bool has_narrow_tile = false;
  static constexpr unsigned slice_depth = gemm::slice_depth;
  static constexpr unsigned least_piece = 256;  ///< so that writing and adding the pieces stays cheap

  template <unsigned tile_m, unsigned tile_n, class OneProduct>
  static void launch(StreamRef stream, dim3 grid, const OneProduct& product) {
    Launch{stream, grid, threads}(multiply_tile<OneProduct, tile_m, tile_n>, product);
  }
};

}  // namespace lanemark::gemm
