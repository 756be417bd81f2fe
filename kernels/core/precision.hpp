// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <string_view>

#include "kernels/core/dtype.hpp"

namespace lanemark {

/// What layers multiply: floats in full, floats rounded to tf32 where tensor cores take them, or bfloat16; sums are
/// kept in float. With bfloat16, parameters are kept in float too, beside a rounded copy (mixed precision; Micikevicius
/// et al. 2018, without loss scaling, which bfloat16's range makes needless).
enum class Precision { fp32, tf32, bf16 };

inline constexpr std::array all_precisions{Precision::fp32, Precision::tf32, Precision::bf16};

/// "float", "tf32", "bfloat16".
std::string_view name(Precision precision);
/// Throws UsageError that lists the names.
Precision parse_precision(std::string_view text);

/// Of activations and of the weights that layers see.
constexpr DType layer_type(Precision precision) {
  return precision == Precision::bf16 ? DType::bfloat16 : DType::float32;
}

}  // namespace lanemark
