// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/core/stream.hpp"
#include "kernels/operations.hpp"

// The matrix operations on the tensor cores of compute capability 9.0 (product.cuh). Each call enqueues the operation
// and says so, or says that it cannot: on another GPU, in full single precision, where TMA cannot reach the
// data (rows must begin on 16 bytes), and as said below. dbias is left to the caller.

namespace lanemark::hopper {

bool run(StreamRef stream, const LinearForward& arguments);
bool run(StreamRef stream, const LinearBackwardData& arguments);
bool run(StreamRef stream, const LinearBackwardWeight& arguments);
bool run(StreamRef stream, const ConvolutionForward& arguments);
/// Stride 1 only.
bool run(StreamRef stream, const ConvolutionBackwardData& arguments);
bool run(StreamRef stream, const ConvolutionBackwardWeight& arguments);

}  // namespace lanemark::hopper
