#pragma once

#include <cuda_runtime_api.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/cuda/finish.cuh"

// Where the operands of a matrix product come from. A source has an outer index, a row of A or a column of B, and one
// along the depth. `place` works out once what belongs to an outer index, `step` what belongs to a depth, and `at` says
// where the element of both lies, or null where the operand has a zero: beyond its edges, outside an image. Along the
// one index or the other neighbours are neighbours in memory, `run` of them from any multiple of it: aligned, and all
// of them there or none.

namespace lanemark::gemm {

/// A power of two, at most 16 bytes of elements.
template <class T>
unsigned run_of(const T* data, std::size_t row_length) {
  const auto bytes = reinterpret_cast<std::uintptr_t>(data) | row_length * sizeof(T) | 16U;
  return static_cast<unsigned>((bytes & -bytes) / sizeof(T));
}

/// A matrix [outer][depth], row-major.
template <class T>
class AlongDepth {
 public:
  static constexpr bool along_depth = true;
  using Element = T;
  using Place = const T*;  ///< a row, null outside
  using Step = unsigned;

  AlongDepth(const T* data, std::size_t outer, std::size_t depth)
      : run{run_of(data, depth)},
        data_{data},
        outer_{static_cast<unsigned>(outer)},
        depth_{static_cast<unsigned>(depth)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const {
    return outer < outer_ ? data_ + std::size_t{outer} * depth_ : nullptr;
  }
  [[nodiscard]] __device__ Step step(unsigned depth) const { return depth; }
  [[nodiscard]] __device__ const T* at(Place row, Step depth) const {
    return row != nullptr && depth < depth_ ? row + depth : nullptr;
  }

  [[nodiscard]] __device__ const T* data() const { return data_; }

  unsigned run;

 private:
  const T* data_;
  unsigned outer_, depth_;
};

/// A matrix [depth][outer], row-major.
template <class T>
class AlongOuter {
 public:
  static constexpr bool along_depth = false;
  using Element = T;
  using Place = const T*;  ///< a column, null outside
  using Step = unsigned;

  AlongOuter(const T* data, std::size_t outer, std::size_t depth)
      : run{run_of(data, outer)},
        data_{data},
        outer_{static_cast<unsigned>(outer)},
        depth_{static_cast<unsigned>(depth)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const { return outer < outer_ ? data_ + outer : nullptr; }
  [[nodiscard]] __device__ Step step(unsigned depth) const { return depth; }
  [[nodiscard]] __device__ const T* at(Place column, Step depth) const {
    return column != nullptr && depth < depth_ ? column + std::size_t{depth} * outer_ : nullptr;
  }

  [[nodiscard]] __device__ const T* data() const { return data_; }

  unsigned run;

 private:
  const T* data_;
  unsigned outer_, depth_;
};

/// Rows of a product's result as they lie in memory.
struct EveryRow {
  [[nodiscard]] __device__ unsigned at(unsigned row) const { return row; }
};

}  // namespace lanemark::gemm
