// SPDX-License-Identifier: MIT

#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include <source_location>

namespace lanemark {

/// Throws OutOfMemory or Error, naming the call's place, the library's message and, where known, cause and cure. The
/// failure does not linger as CUDA's last error.
void check(cudaError_t status, const std::source_location& where = std::source_location::current());
void check(cublasStatus_t status, const std::source_location& where = std::source_location::current());

/// To be called after every kernel launch.
void check_launch(const std::source_location& where = std::source_location::current());

}  // namespace lanemark
