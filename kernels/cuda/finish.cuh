// SPDX-License-Identifier: MIT

#pragma once

#include <cuda_bf16.h>

#include <cstddef>
#include <cstdint>

#include "kernels/core/half.hpp"
#include "kernels/cuda/pieces.hpp"

// The device's side of pieces.hpp's Finish: where a product's sums go.

namespace lanemark {

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(BFloat16 value) { return __bfloat162float(__ushort_as_bfloat16(value.bits)); }

template <class T>
__device__ T from_float(float value);
template <>
__device__ inline float from_float<float>(float value) {
  return value;
}
template <>
__device__ inline BFloat16 from_float<BFloat16>(float value) {
  BFloat16 rounded;
  rounded.bits = __bfloat16_as_ushort(__float2bfloat16_rn(value));
  return rounded;
}

/// A matrix of [rows, columns] with a Finish, as a kernel's argument.
struct Destination {
  const float* bias;
  const void* mask;
  void* to;
  unsigned columns;
  bool relu;
  bool bfloat16;     ///< `to` and `mask`; float else
  bool whole_fours;  ///< rows begin where four elements can be stored at once

  Destination(const Array& array, std::size_t row_length, const Finish& finish)
      : bias{finish.bias},
        mask{finish.mask.empty() ? nullptr : finish.mask.data()},
        to{array.data()},
        columns{static_cast<unsigned>(row_length)},
        relu{finish.relu},
        bfloat16{array.dtype() == DType::bfloat16},
        whole_fours{row_length % 4 == 0 && on_fours(array.data()) && on_fours(mask)} {}

  __device__ void store(std::size_t row, unsigned column, float sum) const {
    const std::size_t at = row * columns + column;
    if (bfloat16) put<BFloat16>(at, finished<BFloat16>(at, column, sum));
    else put<float>(at, finished<float>(at, column, sum));
  }

  /// Four neighbours in a row, of which those beyond the last column are dropped.
  __device__ void store(std::size_t row, unsigned column, const float (&sums)[4]) const {
    if (!whole_fours) {
#pragma unroll
      for (unsigned i = 0; i < 4; ++i) {
        if (column + i < columns) store(row, column + i, sums[i]);
      }
    } else if (column < columns) {
      if (bfloat16) store_four<BFloat16>(row * columns + column, column, sums);
      else store_four<float>(row * columns + column, column, sums);
    }
  }

 private:
  [[nodiscard]] bool on_fours(const void* pointer) const {
    return reinterpret_cast<std::uintptr_t>(pointer) % (bfloat16 ? 8 : 16) == 0;
  }
  template <class T>
  __device__ void put(std::size_t at, float value) const {
    static_cast<T*>(to)[at] = from_float<T>(value);
  }
  template <class T>
  [[nodiscard]] __device__ float finished(std::size_t at, unsigned column, float sum) const {
    if (bias != nullptr) sum += bias[column];
    if (relu && sum < 0) sum = 0;
    if (mask != nullptr && !(to_float(static_cast<const T*>(mask)[at]) > 0)) sum = 0;
    return sum;
  }
  template <class T>
  __device__ void store_four(std::size_t at, unsigned column, const float (&sums)[4]) const {
    struct alignas(4 * sizeof(T)) Four {
      T values[4];
    } four;
#pragma unroll
    for (unsigned i = 0; i < 4; ++i) four.values[i] = from_float<T>(finished<T>(at + i, column + i, sums[i]));
    *reinterpret_cast<Four*>(static_cast<T*>(to) + at) = four;
  }
};

}  // namespace lanemark
