// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "kernels/core/float8.hpp"
#include "kernels/core/half.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

enum class DType { int8, uint8, int32, int64, half, bfloat16, float32, float64, float8_e4m3, float8_e5m2 };

inline constexpr std::array all_dtypes{DType::int8,        DType::uint8,      DType::int32,   DType::int64,
                                       DType::half,        DType::bfloat16,   DType::float32, DType::float64,
                                       DType::float8_e4m3, DType::float8_e5m2};

/// The one switch from a run-time type to a compile-time one: calls `f(std::type_identity<T>{})`.
template <class F>
constexpr decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::int8: return f(std::type_identity<std::int8_t>{});
    case DType::uint8: return f(std::type_identity<std::uint8_t>{});
    case DType::int32: return f(std::type_identity<std::int32_t>{});
    case DType::int64: return f(std::type_identity<std::int64_t>{});
    case DType::half: return f(std::type_identity<Half>{});
    case DType::bfloat16: return f(std::type_identity<BFloat16>{});
    case DType::float32: return f(std::type_identity<float>{});
    case DType::float64: return f(std::type_identity<double>{});
    case DType::float8_e4m3: return f(std::type_identity<Float8E4M3>{});
    case DType::float8_e5m2: break;
  }
  return f(std::type_identity<Float8E5M2>{});
}

constexpr Bytes size_of(DType dtype) {
  return dispatch(dtype, []<class T>(std::type_identity<T>) { return Bytes{sizeof(T)}; });
}

/// The integer types come first.
constexpr bool is_float(DType dtype) { return dtype >= DType::half; }

/// nccl-tests' names: int8 uint8 int32 int64 half bfloat16 float double f8e4m3 f8e5m2.
std::string_view name(DType dtype);

/// Throws UsageError that lists the names.
DType parse_dtype(std::string_view text);

/// What a reduction does with the ranks' elements; avg is the sum divided by the number of ranks.
enum class ReduceOp { sum, prod, min, max, avg };

inline constexpr std::array all_reduce_ops{ReduceOp::sum, ReduceOp::prod, ReduceOp::min, ReduceOp::max, ReduceOp::avg};

std::string_view name(ReduceOp op);
ReduceOp parse_reduce_op(std::string_view text);

}  // namespace lanemark
