// SPDX-License-Identifier: MIT

#pragma once

#include <cuda_runtime_api.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/cuda/finish.cuh"

// Where the operands of a matrix product come from. A source has an outer index, a row of A or a column of B, and one
// along the depth. `place` works out once what belongs to an outer index, `step` what belongs to a depth, and `at` says
// where the element of both lies, if it is not one of the zeros beyond an operand's edges or outside an image. Along
// the one index or the other neighbours are neighbours in memory, `run` of them from any multiple of it: aligned, and
// all of them there or none.

namespace lanemark::gemm {

/// A power of two, at most 16 bytes of elements.
template <class T>
unsigned run_of(const T* data, std::size_t row_length) {
  const auto bytes = reinterpret_cast<std::uintptr_t>(data) | row_length * sizeof(T) | 16U;
  return static_cast<unsigned>((bytes & -bytes) / sizeof(T));
}

/// Where an element lies. (Not a pointer that may be null: of a zero that a predicate replaces by an address,
/// ptxas 13.0 for compute capability 9.0 tests what was in the registers before.)
template <class T>
struct Located {
  const T* data;  ///< anything where it is not there
  bool there;
};

/// A matrix [outer][depth], row-major.
template <class T>
class AlongDepth {
 public:
  static constexpr bool along_depth = true;
  using Element = T;
  using Place = Located<T>;  ///< a row
  using Step = unsigned;

  AlongDepth(const T* data, std::size_t outer, std::size_t depth)
      : run{run_of(data, depth)},
        data_{data},
        outer_{static_cast<unsigned>(outer)},
        depth_{static_cast<unsigned>(depth)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const {
    return {data_ + std::size_t{outer} * depth_, outer < outer_};
  }
  [[nodiscard]] __device__ Step step(unsigned depth) const { return depth; }
  [[nodiscard]] __device__ Located<T> at(Place row, Step depth) const {
    return {row.data + depth, row.there && depth < depth_};
  }

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
  using Place = Located<T>;  ///< a column
  using Step = unsigned;

  AlongOuter(const T* data, std::size_t outer, std::size_t depth)
      : run{run_of(data, outer)},
        data_{data},
        outer_{static_cast<unsigned>(outer)},
        depth_{static_cast<unsigned>(depth)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const { return {data_ + outer, outer < outer_}; }
  [[nodiscard]] __device__ Step step(unsigned depth) const { return depth; }
  [[nodiscard]] __device__ Located<T> at(Place column, Step depth) const {
    return {column.data + std::size_t{depth} * outer_, column.there && depth < depth_};
  }

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
