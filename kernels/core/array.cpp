// SPDX-License-Identifier: MIT

#include "kernels/core/array.hpp"

#include <fmt/format.h>

#include "kernels/core/error.hpp"

namespace lanemark {

void throw_not_a_layer_type(DType dtype) {
  throw UsageError(fmt::format("layers compute on float and bfloat16, not on {}", name(dtype)));
}

}  // namespace lanemark
