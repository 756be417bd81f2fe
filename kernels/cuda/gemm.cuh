#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "kernels/core/error.hpp"
#include "kernels/cuda/gemm_sources.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/workspace.hpp"

// C[m, n] = A · B in single precision on the CUDA cores, summed over `depth`; float or bfloat16 elements. A and B are
// read through sources
// (gemm_sources.cuh), so that one core serves every transposition and, with patches gathered on the way, the
// convolution.
//
// Each block of 256 threads makes one tile of C. It walks along the depth in steps of 16: while the slices of A and B
// of one step are multiplied from shared memory, those of the next are on their way to registers. Each thread keeps
// (tile_m / 16) x (tile_n / 16) sums in registers, in groups of 4 x 4 that lie 64 apart, so that a warp reads shared
// memory without conflicts and writes C in whole cache lines. (Volkov and Demmel 2008; the layout is CUTLASS's.)
//
// flops: 2 · m · n · depth. bytes: at least 4 · (m · depth + depth · n + m · n).
//
// Where C has too few tiles to fill a GPU, the depth is cut into equal pieces whose products go to the stream's
// workspace and are then added in order: the result depends on the shape alone.

namespace lanemark::gemm {

constexpr unsigned threads = 256;
constexpr unsigned step = 16;         // along the depth
constexpr unsigned group_apart = 64;  // 16 threads times 4

struct Product {
  unsigned m, n, depth;
  unsigned piece;           ///< of the depth, per blockIdx.y; a multiple of `step`
  Destination destination;  ///< of one piece; the next lies m · n elements on
};

/// Which elements of a slice of one operand, `tile` wide and `step` deep, a thread carries into shared memory.
template <class Source, unsigned tile>
struct Carrier {
  static constexpr unsigned count = tile * step / (4 * threads);  ///< groups of four
  static constexpr unsigned row = tile + 4;                       ///< of shared memory; the rest lessens conflicts
  static constexpr unsigned groups = tile / 4;
  static constexpr unsigned place_count = Source::along_depth ? count : 1;  ///< else all groups share one

  const Source& source;  ///< a kernel's argument, which stays in constant memory: a copy takes registers
  typename Source::Place places[place_count];
  unsigned thread;

  __device__ Carrier(const Source& from, unsigned first, unsigned thread_index) : source{from}, thread{thread_index} {
    for (unsigned i = 0; i < place_count; ++i) places[i] = source.place(first + outer(i));
  }
  [[nodiscard]] __device__ unsigned outer(unsigned i) const {
    return Source::along_depth ? thread / (step / 4) + i * (threads / (step / 4)) : thread % groups * 4;
  }
  [[nodiscard]] __device__ unsigned inner(unsigned i) const {
    return Source::along_depth ? thread % (step / 4) * 4 : thread / groups + i * (threads / groups);
  }
  __device__ void load(unsigned at, unsigned end, float4 (&values)[count]) const {
#pragma unroll
    for (unsigned i = 0; i < count; ++i) values[i] = source.load(places[i % place_count], at + inner(i), end);
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
    for (unsigned k = 0; k < step; ++k) {
      if (k + 1 < step) read(a + (k + 1) * a_row, b + (k + 1) * b_row, turns[(k + 1) % 2]);
      const Fragments& now = turns[k % 2];
#pragma unroll
      for (unsigned i = 0; i < rows; ++i) {
#pragma unroll
        for (unsigned j = 0; j < columns; ++j) sums[i][j] += now.left[i] * now.right[j];
      }
    }
  }

  __device__ void write(const Product& product, unsigned first_row, unsigned first_column, unsigned piece) const {
#pragma unroll
    for (unsigned i = 0; i < rows; ++i) {
      const unsigned row = first_row + y * 4 + i / 4 * group_apart + i % 4;
      if (row >= product.m) continue;
#pragma unroll
      for (unsigned j = 0; j < columns; j += 4) {
        const float four[4] = {sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]};
        product.destination.store(std::size_t{piece} * product.m + row, first_column + x * 4 + j / 4 * group_apart,
                                  four);
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

template <class A, class B, unsigned tile_m, unsigned tile_n>
__global__ void __launch_bounds__(threads, 2) multiply_tile(A a, B b, Product product) {
  using CarryA = Carrier<A, tile_m>;
  using CarryB = Carrier<B, tile_n>;
  __shared__ __align__(16) float shared_a[2][step * CarryA::row];
  __shared__ __align__(16) float shared_b[2][step * CarryB::row];

  const unsigned tiles_n = (product.n + tile_n - 1) / tile_n;
  const unsigned first_row = blockIdx.x / tiles_n * tile_m;
  const unsigned first_column = blockIdx.x % tiles_n * tile_n;
  const unsigned begin = blockIdx.y * product.piece;
  const unsigned end = min(begin + product.piece, product.depth);

  const CarryA carry_a{a, first_row, threadIdx.x};
  const CarryB carry_b{b, first_column, threadIdx.x};
  Sums<tile_m, tile_n> sums{threadIdx.x};
  float4 next_a[CarryA::count];
  float4 next_b[CarryB::count];

  carry_a.load(begin, end, next_a);
  carry_b.load(begin, end, next_b);
  carry_a.store(next_a, shared_a[0]);
  carry_b.store(next_b, shared_b[0]);
  __syncthreads();
  unsigned current = 0;
  for (unsigned at = begin; at < end; at += step) {
    const bool more = at + step < end;
    if (more) {
      carry_a.load(at + step, end, next_a);
      carry_b.load(at + step, end, next_b);
    }
    sums.template multiply<CarryA::row, CarryB::row>(shared_a[current], shared_b[current]);
    if (more) {
      carry_a.store(next_a, shared_a[current ^ 1U]);
      carry_b.store(next_b, shared_b[current ^ 1U]);
    }
    __syncthreads();
    current ^= 1U;
  }
  sums.write(product, first_row, first_column, blockIdx.y);
}

/// Throws UsageError for sizes beyond 32-bit indices.
inline unsigned dimension(std::size_t size) {
  if (size >= static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw UsageError("a matrix dimension of 2^31 or more is beyond the GPU kernels; use a smaller batch");
  }
  return static_cast<unsigned>(size);
}

struct TileSize {
  unsigned m, n;
};

/// How C is cut into blocks.
struct Plan {
  TileSize tile;  ///< 128 x 128, 128 x 64 or 64 x 64
  std::size_t tiles;
  unsigned pieces;  ///< of the depth
  unsigned piece;
};

/// A pure function of the shape.
Plan plan(unsigned m, unsigned n, unsigned depth);

template <unsigned tile_m, unsigned tile_n, class A, class B>
void launch(StreamRef stream, const A& a, const B& b, const Product& product, unsigned pieces) {
  const std::size_t tiles = std::size_t{(product.m + tile_m - 1) / tile_m} * ((product.n + tile_n - 1) / tile_n);
  Launch{stream, dim3{dimension(tiles), pieces}, threads}(multiply_tile<A, B, tile_m, tile_n>, a, b, product);
}

/// Enqueues C[m, n] = A · B, finished.
template <class A, class B>
void multiply(StreamRef stream, std::size_t rows, std::size_t columns, std::size_t sum_over, const A& a, const B& b,
              const Array& c, const Finish& finish = {}) {
  const unsigned m = dimension(rows);
  const unsigned n = dimension(columns);
  const unsigned depth = dimension(sum_over);
  if (m == 0 || n == 0) return;
  const Plan cut = plan(m, n, depth);
  const bool whole = cut.pieces == 1;
  const Array to = whole ? c : Array{DType::float32, workspace(stream), 0};
  const Product product{m, n, depth, cut.piece, Destination{to, n, whole ? finish : Finish{}}};
  if (cut.tile.m == 128 && cut.tile.n == 128) launch<128, 128>(stream, a, b, product, cut.pieces);
  else if (cut.tile.m == 128) launch<128, 64>(stream, a, b, product, cut.pieces);
  else launch<64, 64>(stream, a, b, product, cut.pieces);
  if (!whole) add_pieces(stream, static_cast<const float*>(to.data()), cut.pieces, m, n, c, finish);
}

}  // namespace lanemark::gemm
