// SPDX-License-Identifier: MIT

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <cstdint>
#include <type_traits>

#include "kernels/core/arithmetic.hpp"
#include "kernels/cuda/launch.cuh"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

// Conversions in hardware: the portable ones of half.hpp take longer than the memory.
template <class To, class T>
__device__ To to_arithmetic(T value) {
  if constexpr (std::is_same_v<T, Half>) return __half2float(__ushort_as_half(value.bits));
  else if constexpr (std::is_same_v<T, BFloat16>) return __bfloat162float(__ushort_as_bfloat16(value.bits));
  else if constexpr (std::is_same_v<T, Float8E4M3>) return __half2float(__nv_cvt_fp8_to_halfraw(value.bits, __NV_E4M3));
  else if constexpr (std::is_same_v<T, Float8E5M2>) return __half2float(__nv_cvt_fp8_to_halfraw(value.bits, __NV_E5M2));
  else return static_cast<To>(value);
}
template <class T, class From>
__device__ T from_arithmetic(From value) {
  T result;
  if constexpr (std::is_same_v<T, Half>) result.bits = __half_as_ushort(__float2half_rn(value));
  else if constexpr (std::is_same_v<T, BFloat16>) result.bits = __bfloat16_as_ushort(__float2bfloat16_rn(value));
  else if constexpr (std::is_same_v<T, Float8E4M3>)
    result.bits = __nv_cvt_float_to_fp8(value, __NV_SATFINITE, __NV_E4M3);
  else if constexpr (std::is_same_v<T, Float8E5M2>)
    result.bits = __nv_cvt_float_to_fp8(value, __NV_SATFINITE, __NV_E5M2);
  else result = static_cast<T>(value);
  return result;
}

/// What a read or write of 16 bytes holds.
template <class T>
struct alignas(16) Pack {
  static constexpr std::size_t size = 16 / sizeof(T);
  T values[size];
};

template <class T>
bool whole_packs(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % sizeof(Pack<T>) == 0;
}

struct Plus {
  static constexpr bool ordered = false;
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};
struct Times {
  static constexpr bool ordered = false;
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a * b;
  }
};
// As std::min and std::max treat NaN: the accumulator's stays, the operand's is ignored.
struct Smaller {
  static constexpr bool ordered = true;
  template <class T>
  __device__ T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct Larger {
  static constexpr bool ordered = true;
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

template <class T, class F>
__device__ T combined(T a, T b) {
  using As = std::conditional_t<F::ordered, typename Arithmetic<T>::Ordered, typename Arithmetic<T>::Wrapping>;
  return from_arithmetic<T>(F{}(to_arithmetic<As>(a), to_arithmetic<As>(b)));
}

/// flops: count. bytes: 3 · count · size of T.
template <class T, class F>
__global__ void __launch_bounds__(threads_per_block)
    combine_elements(std::size_t count, bool packed, const T* operand, T* accumulator) {
  const std::size_t packs = packed ? count / Pack<T>::size : 0;
  for (std::size_t i = first_item(); i < packs; i += item_step()) {
    const Pack<T> added = reinterpret_cast<const Pack<T>*>(operand)[i];
    Pack<T> kept = reinterpret_cast<Pack<T>*>(accumulator)[i];
#pragma unroll
    for (std::size_t j = 0; j < Pack<T>::size; ++j) kept.values[j] = combined<T, F>(kept.values[j], added.values[j]);
    reinterpret_cast<Pack<T>*>(accumulator)[i] = kept;
  }
  for (std::size_t i = packs * Pack<T>::size + first_item(); i < count; i += item_step()) {
    accumulator[i] = combined<T, F>(accumulator[i], operand[i]);
  }
}

/// A true division. flops: count. bytes: 2 · count · size of T.
template <class T>
__global__ void __launch_bounds__(threads_per_block) divide_elements(std::size_t count, T* values, int divisor) {
  using Quotient = std::common_type_t<typename Arithmetic<T>::Ordered, int>;
  for (std::size_t i = first_item(); i < count; i += item_step()) {
    values[i] = from_arithmetic<T>(to_arithmetic<Quotient>(values[i]) / static_cast<Quotient>(divisor));
  }
}

template <class T>
void combine_as(StreamRef stream, const Combine& a) {
  const bool packed = whole_packs<T>(a.operand) && whole_packs<T>(a.accumulator);
  const auto* const operand = static_cast<const T*>(a.operand);
  auto* const accumulator = static_cast<T*>(a.accumulator);
  const Launch launch{stream, blocks_for(a.count, threads_per_block * (packed ? Pack<T>::size : 1))};
  switch (a.op) {
    case ReduceOp::sum:
    case ReduceOp::avg: launch(combine_elements<T, Plus>, a.count, packed, operand, accumulator); break;
    case ReduceOp::prod: launch(combine_elements<T, Times>, a.count, packed, operand, accumulator); break;
    case ReduceOp::min: launch(combine_elements<T, Smaller>, a.count, packed, operand, accumulator); break;
    case ReduceOp::max: launch(combine_elements<T, Larger>, a.count, packed, operand, accumulator); break;
  }
}

void combine_on_gpu(StreamRef stream, const Combine& a) {
  if (a.count == 0) return;
  dispatch(a.dtype, [&]<class T>(std::type_identity<T>) { combine_as<T>(stream, a); });
}

void divide_on_gpu(StreamRef stream, const Divide& a) {
  if (a.count == 0) return;
  const Launch launch{stream, blocks_for(a.count)};
  dispatch(a.dtype, [&]<class T>(std::type_identity<T>) {
    launch(divide_elements<T>, a.count, static_cast<T*>(a.values), a.divisor);
  });
}

const Implements cuda_combine{combine, DeviceKind::cuda, Compute::hand, combine_on_gpu};
const Implements cuda_divide{divide, DeviceKind::cuda, Compute::hand, divide_on_gpu};

}  // namespace
}  // namespace lanemark
