#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/finish.cuh"

// Where an operand of gemm.cuh comes from. A source has an outer index, a row of A or a column of B, and one along
// the depth; `place` works out once what belongs to an outer index, and `load` gives four elements that are neighbours
// in memory, along the depth or along the outer index, with zeros for what lies outside the matrix.

namespace lanemark::gemm {

/// Whether groups of four in rows of this length can be read and written at once.
template <class T>
bool is_aligned(const T* data, std::size_t row_length) {
  return reinterpret_cast<std::uintptr_t>(data) % (4 * sizeof(T)) == 0 && row_length % 4 == 0;
}

__device__ inline float4 load_whole(const float* from) { return *reinterpret_cast<const float4*>(from); }
__device__ inline float4 load_whole(const BFloat16* from) {
  const uint2 both = *reinterpret_cast<const uint2*>(from);
  return make_float4(__uint_as_float(both.x << 16U), __uint_as_float(both.x & 0xffff0000U),
                     __uint_as_float(both.y << 16U), __uint_as_float(both.y & 0xffff0000U));
}

/// The first `valid` of the four elements at `from`, then zeros.
template <class T>
__device__ float4 load_four(const T* from, unsigned valid, bool vectors) {
  if (vectors && valid >= 4) return load_whole(from);
  float4 four = make_float4(0, 0, 0, 0);
  if (valid > 0) four.x = to_float(from[0]);
  if (valid > 1) four.y = to_float(from[1]);
  if (valid > 2) four.z = to_float(from[2]);
  if (valid > 3) four.w = to_float(from[3]);
  return four;
}

/// A matrix [outer][depth], row-major.
template <class T>
class AlongDepth {
 public:
  static constexpr bool along_depth = true;
  using Place = const T*;  ///< a row, null outside

  AlongDepth(const T* data, std::size_t outer, std::size_t depth)
      : data_{data}, outer_{static_cast<unsigned>(outer)}, depth_{depth}, vectors_{is_aligned(data, depth)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const {
    return outer < outer_ ? data_ + outer * depth_ : nullptr;
  }
  [[nodiscard]] __device__ float4 load(Place row, unsigned at, unsigned end) const {
    if (row == nullptr || at >= end) return make_float4(0, 0, 0, 0);
    return load_four(row + at, end - at, vectors_);
  }

 private:
  const T* data_;
  unsigned outer_;
  std::size_t depth_;
  bool vectors_;
};

/// A matrix [depth][outer], row-major.
template <class T>
class AlongOuter {
 public:
  static constexpr bool along_depth = false;
  struct Place {
    const T* column;
    unsigned valid;
  };

  AlongOuter(const T* data, std::size_t outer)
      : data_{data}, outer_{static_cast<unsigned>(outer)}, vectors_{is_aligned(data, outer)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const {
    return outer < outer_ ? Place{data_ + outer, outer_ - outer} : Place{data_, 0};
  }
  [[nodiscard]] __device__ float4 load(const Place& place, unsigned at, unsigned end) const {
    if (at >= end) return make_float4(0, 0, 0, 0);
    return load_four(place.column + std::size_t{at} * outer_, place.valid, vectors_);
  }

 private:
  const T* data_;
  unsigned outer_;
  bool vectors_;
};

}  // namespace lanemark::gemm
