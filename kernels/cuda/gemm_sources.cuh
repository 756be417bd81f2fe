#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

// Where an operand of gemm.cuh comes from. A source has an outer index, a row of A or a column of B, and one along
// the depth; `place` works out once what belongs to an outer index, and `load` gives four elements that are neighbours
// in memory, along the depth or along the outer index, with zeros for what lies outside the matrix.

namespace lanemark::gemm {

/// Whether groups of four in rows of this length can be read and written at once.
inline bool is_aligned(const float* data, std::size_t row_length) {
  return reinterpret_cast<std::uintptr_t>(data) % sizeof(float4) == 0 && row_length % 4 == 0;
}

/// The first `valid` of the four floats at `from`, then zeros.
__device__ inline float4 load_four(const float* from, unsigned valid, bool vectors) {
  if (vectors && valid >= 4) return *reinterpret_cast<const float4*>(from);
  float4 four = make_float4(0, 0, 0, 0);
  if (valid > 0) four.x = from[0];
  if (valid > 1) four.y = from[1];
  if (valid > 2) four.z = from[2];
  if (valid > 3) four.w = from[3];
  return four;
}

/// A matrix [outer][depth], row-major.
class AlongDepth {
 public:
  static constexpr bool along_depth = true;
  using Place = const float*;  ///< a row, null outside

  AlongDepth(const float* data, std::size_t outer, std::size_t depth)
      : data_{data}, outer_{static_cast<unsigned>(outer)}, depth_{depth}, vectors_{is_aligned(data, depth)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const {
    return outer < outer_ ? data_ + outer * depth_ : nullptr;
  }
  [[nodiscard]] __device__ float4 load(Place row, unsigned at, unsigned end) const {
    if (row == nullptr || at >= end) return make_float4(0, 0, 0, 0);
    return load_four(row + at, end - at, vectors_);
  }

 private:
  const float* data_;
  unsigned outer_;
  std::size_t depth_;
  bool vectors_;
};

/// A matrix [depth][outer], row-major.
class AlongOuter {
 public:
  static constexpr bool along_depth = false;
  struct Place {
    const float* column;
    unsigned valid;
  };

  AlongOuter(const float* data, std::size_t outer)
      : data_{data}, outer_{static_cast<unsigned>(outer)}, vectors_{is_aligned(data, outer)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const {
    return outer < outer_ ? Place{data_ + outer, outer_ - outer} : Place{data_, 0};
  }
  [[nodiscard]] __device__ float4 load(const Place& place, unsigned at, unsigned end) const {
    if (at >= end) return make_float4(0, 0, 0, 0);
    return load_four(place.column + std::size_t{at} * outer_, place.valid, vectors_);
  }

 private:
  const float* data_;
  unsigned outer_;
  bool vectors_;
};

}  // namespace lanemark::gemm
