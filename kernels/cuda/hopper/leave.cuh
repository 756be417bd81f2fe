// SPDX-License-Identifier: MIT

#pragma once

#include <cuda_bf16.h>

#include "kernels/cuda/hopper/product.cuh"

// How a tile's sums leave: bias, ReLU or mask, rounding, and out through shared memory in chunks of 64 rows of 128
// bytes, swizzled as TMA wants them. Two chunks of each warpgroup take turns where there is room.

namespace lanemark::hopper {

/// Four 8 x 8 matrices of bfloat16, row addresses from eight lanes each.
__device__ inline void store_matrices(SharedAddress to, const std::uint32_t (&values)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(values[0]),
               "r"(values[1]), "r"(values[2]), "r"(values[3])
               : "memory");
}
__device__ inline void load_matrices(SharedAddress from, std::uint32_t (&values)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(values[0]), "=r"(values[1]), "=r"(values[2]), "=r"(values[3])
               : "r"(from)
               : "memory");
}
__device__ inline void store_pair(SharedAddress to, float2 pair) {
  asm volatile("st.shared.v2.f32 [%0], {%1, %2};" ::"r"(to), "f"(pair.x), "f"(pair.y) : "memory");
}
__device__ inline float2 load_pair(SharedAddress from) {
  float2 pair;
  asm volatile("ld.shared.v2.f32 {%0, %1}, [%2];" : "=f"(pair.x), "=f"(pair.y) : "r"(from) : "memory");
  return pair;
}
__device__ inline void store_one(SharedAddress to, float value) {
  asm volatile("st.shared.f32 [%0], %1;" ::"r"(to), "f"(value) : "memory");
}
__device__ inline float load_one(SharedAddress from) {
  float value = 0;
  asm volatile("ld.shared.f32 %0, [%1];" : "=f"(value) : "r"(from) : "memory");
  return value;
}

/// Place of 4-byte word `word` of row `row` in a swizzled chunk.
__device__ inline unsigned swizzled(unsigned row, unsigned word) {
  return row * row_bytes + (((word / 4) ^ (row % 8)) * 16) + word % 4 * 4;
}

__device__ inline std::uint32_t pack(float2 pair) {
  const __nv_bfloat162 both = __float22bfloat162_rn(pair);
  return *reinterpret_cast<const std::uint32_t*>(&both);
}
__device__ inline bool low_is_positive(std::uint32_t both) {
  return __low2float(*reinterpret_cast<__nv_bfloat162*>(&both)) > 0;
}
__device__ inline bool high_is_positive(std::uint32_t both) {
  return __high2float(*reinterpret_cast<__nv_bfloat162*>(&both)) > 0;
}

template <class Shape>
class Exit {
 public:
  __device__ Exit(const Product& product, const Layout<Shape>& layout, unsigned group, unsigned thread)
      : product_{product}, layout_{layout}, group_{group}, thread_{thread} {}

  /// Before the tile's first product, so that the masks are there by its last.
  __device__ void begin(const Work& work) {
    if (!product_.masked || thread_ != 0) return;
    copy::wait_until_read<0>();
    for (unsigned i = 0; i < buffers && i < Shape::chunks; ++i) fetch_mask(work, i);
  }

  __device__ void write(const Work& work, const Sums<Shape>& sums) {
#pragma unroll
    for (unsigned i = 0; i < Shape::chunks; ++i) {
      if (thread_ == 0) copy::wait_until_read<buffers - 1>();
      if (product_.masked) {
        barrier::wait(layout_.mask(group_, i), mask_phase_ >> (i % buffers) & 1U);
        mask_phase_ ^= 1U << (i % buffers);
      }
      synchronize_group();
      fill(work, i, sums);
      publish_to_engines();
      synchronize_group();
      if (thread_ == 0) {
        send(work, i);
        if (product_.masked && i + buffers < Shape::chunks) {
          copy::wait_until_read<0>();
          fetch_mask(work, i + buffers);
        }
      }
    }
  }

 private:
  static constexpr unsigned buffers = Shape::buffers;
  static constexpr unsigned across = Shape::tile.n / Shape::chunk_columns;  ///< chunks, where not transposed
  static constexpr unsigned box_rows = Shape::transposed ? 32 : 64;
  static constexpr unsigned boxes = Shape::transposed ? 2 : 1;  ///< of a chunk

  __device__ void synchronize_group() const { synchronize(2 + group_, 128); }

  /// First row and column in C of a box of a chunk.
  __device__ void place(const Work& work, unsigned chunk, unsigned box, unsigned& row, unsigned& column) const {
    const unsigned first = work.row + group_ / Shape::tile.across * Shape::rows_of_group;
    const unsigned first_column = work.column + group_ % Shape::tile.across * Shape::tile.n;
    if constexpr (Shape::transposed) {
      row = first_column + chunk * box_rows;
      column = first + box * Shape::chunk_columns;
    } else {
      row = first + chunk / across * 64;
      column = first_column + chunk % across * Shape::chunk_columns;
    }
  }

  template <class F>
  __device__ void for_each_box(const Work& work, unsigned chunk, F f) const {
    for (unsigned box = 0; box < boxes; ++box) {
      unsigned row = 0;
      unsigned column = 0;
      place(work, chunk, box, row, column);
      f(layout_.chunk(group_, chunk) + box * (box_rows * row_bytes), static_cast<int>(column % product_.group_columns),
        static_cast<int>(column / product_.group_columns), static_cast<int>(row));
    }
  }

  __device__ void send(const Work& work, unsigned chunk) const {
    for_each_box(work, chunk, [&](SharedAddress from, int column, int of_group, int row) {
      copy::store(product_.c, from, column, of_group, row, static_cast<int>(work.piece));
    });
  }

  __device__ void fetch_mask(const Work& work, unsigned chunk) const {
    const SharedAddress arrived = layout_.mask(group_, chunk);
    barrier::expect(arrived, Shape::chunk_bytes);
    for_each_box(work, chunk, [&](SharedAddress to, int column, int of_group, int row) {
      copy::load(to, product_.mask, arrived, column, of_group, row, 0);
    });
  }

  [[nodiscard]] __device__ float2 finish(float2 pair, unsigned column) const {
    if (product_.bias != nullptr) {
      if (column < product_.n) pair.x += product_.bias[column];
      if (column + 1 < product_.n) pair.y += product_.bias[column + 1];
    }
    if (product_.relu) pair = {pair.x < 0 ? 0 : pair.x, pair.y < 0 ? 0 : pair.y};
    return pair;
  }

  __device__ void fill(const Work& work, unsigned chunk, const Sums<Shape>& sums) const {
    const SharedAddress to = layout_.chunk(group_, chunk);
    const unsigned warp = thread_ / 32;
    const unsigned lane = thread_ % 32;
    if constexpr (Shape::transposed) fill_transposed(to, chunk, sums[0], warp, lane);
    else {
      unsigned row = 0;
      unsigned column = 0;
      place(work, chunk, 0, row, column);
      const float* const from = sums[chunk / across] + chunk % across * (Shape::chunk_columns / 2);
      if constexpr (std::is_same_v<typename Shape::Out, float>) fill_floats(to, column, from, warp, lane);
      else fill_bf16(to, column, from, warp, lane);
    }
  }

  __device__ void fill_floats(SharedAddress to, unsigned column, const float* from, unsigned warp,
                              unsigned lane) const {
#pragma unroll
    for (unsigned j = 0; j < Shape::chunk_columns / 8; ++j) {
      const unsigned within = 8 * j + 2 * (lane % 4);
#pragma unroll
      for (unsigned half = 0; half < 2; ++half) {
        const SharedAddress at = to + swizzled(16 * warp + lane / 4 + 8 * half, within);
        float2 pair = finish({from[4 * j + 2 * half], from[4 * j + 2 * half + 1]}, column + within);
        if (product_.masked) {
          const float2 mask = load_pair(at);
          pair = {mask.x > 0 ? pair.x : 0, mask.y > 0 ? pair.y : 0};
        }
        store_pair(at, pair);
      }
    }
  }

  __device__ void fill_bf16(SharedAddress to, unsigned column, const float* from, unsigned warp, unsigned lane) const {
#pragma unroll
    for (unsigned j = 0; j < Shape::chunk_columns / 8; j += 2) {
      const SharedAddress at = to + swizzled(16 * warp + lane % 16, 4 * (j + lane / 16));
      std::uint32_t values[4];
#pragma unroll
      for (unsigned i = 0; i < 4; ++i) {
        const unsigned group = j + i / 2;
        values[i] = pack(finish({from[4 * group + i % 2 * 2], from[4 * group + i % 2 * 2 + 1]},
                                column + 8 * group + 2 * (lane % 4)));
      }
      if (product_.masked) {
        std::uint32_t mask[4];
        load_matrices(at, mask);
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
          values[i] &= (low_is_positive(mask[i]) ? 0xffffU : 0U) | (high_is_positive(mask[i]) ? 0xffff0000U : 0U);
        }
      }
      store_matrices(at, values);
    }
  }

  /// Rows of C are columns of the sums.
  __device__ void fill_transposed(SharedAddress to, unsigned chunk, const float* sums, unsigned warp,
                                  unsigned lane) const {
    const SharedAddress box = to + warp / 2 * (box_rows * row_bytes);
#pragma unroll
    for (unsigned j = 0; j < box_rows / 8; ++j) {
#pragma unroll
      for (unsigned i = 0; i < 4; ++i) {
        const unsigned row = 8 * j + 2 * (lane % 4) + i % 2;
        const SharedAddress at = box + swizzled(row, warp % 2 * 16 + lane / 4 + i / 2 * 8);
        float sum = sums[4 * (chunk * (box_rows / 8) + j) + i];
        if (product_.masked && !(load_one(at) > 0)) sum = 0;
        store_one(at, sum);
      }
    }
  }

  const Product& product_;
  const Layout<Shape>& layout_;
  unsigned group_, thread_;
  unsigned mask_phase_ = 0;  ///< of the two chunks' barriers
};

}  // namespace lanemark::hopper
