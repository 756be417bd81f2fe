// SPDX-License-Identifier: MIT

#pragma once

#include <fmt/format.h>

#include <cudnn.h>
#include <source_location>

#include "kernels/core/error.hpp"

namespace lanemark {

/// Throws Error, naming the call's place and cuDNN's message.
inline void check(cudnnStatus_t status, const std::source_location& where = std::source_location::current()) {
  if (status != CUDNN_STATUS_SUCCESS)
    throw Error(located(fmt::format("cuDNN: {}", cudnnGetErrorString(status)), where));
}

}  // namespace lanemark
