// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/core/stream.hpp"

namespace lanemark {

constexpr Bytes workspace_size = mebibytes(32);  // what cuBLAS asks for on its hungriest GPUs

/// `workspace_size` bytes of device memory that belong to a stream on a GPU: scratch for one operation at a time, in
/// stream order. Allocated on first use, so that a step that has run once allocates nothing. Throws OutOfMemory.
void* workspace(StreamRef stream);

/// Gives a stream's workspace back, if it has one; nothing may be using it.
void release_workspace(StreamRef stream) noexcept;

}  // namespace lanemark
