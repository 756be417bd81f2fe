// SPDX-License-Identifier: MIT

#include "kernels/core/dtype.hpp"

#include <fmt/format.h>

#include "kernels/core/error.hpp"
#include "kernels/core/names.hpp"

namespace lanemark {
namespace {

constexpr std::array<std::string_view, all_dtypes.size()> dtype_names{
    "int8", "uint8", "int32", "int64", "half", "bfloat16", "float", "double", "f8e4m3", "f8e5m2"};
constexpr std::array<std::string_view, all_reduce_ops.size()> op_names{"sum", "prod", "min", "max", "avg"};

}  // namespace

std::string_view name(DType dtype) { return dtype_names.at(static_cast<std::size_t>(dtype)); }
std::string_view name(ReduceOp op) { return op_names.at(static_cast<std::size_t>(op)); }
DType parse_dtype(std::string_view text) { return parse_name<DType>("data type", text, dtype_names); }
ReduceOp parse_reduce_op(std::string_view text) { return parse_name<ReduceOp>("reduction", text, op_names); }

}  // namespace lanemark
