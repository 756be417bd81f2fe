// SPDX-License-Identifier: MIT

#include "kernels/cuda/convolution_patches.cuh"
#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/cuda/multiply.cuh"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The convolution's forward pass as a matrix product that gathers its patches on the way (implicit GEMM; Chetlur et al.
// 2014); flops and bytes: convolution_patches.cuh. A file of its own for each pass, as each takes half a minute to
// compile.

namespace lanemark {
namespace {

using gemm::AlongDepth;
using gemm::patches;

void forward(StreamRef stream, const ConvolutionForward& arguments) {
  validate(arguments);
  if (run_by_tma(stream, arguments)) return;
  const auto& [shape, x, weight, bias, y, relu, tf32] = arguments;
  const std::size_t depth = shape.taps() * shape.inputs;
  dispatch_layer_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    gemm::multiply(stream, tf32, shape.output_pixels(), shape.outputs, depth, patches<T, true>(shape, x.as<T>()),
                   AlongDepth<T>{weight.as<T>(), shape.outputs, depth}, y, {.bias = bias.data(), .relu = relu});
  });
}

const Implements cuda_convolution_forward{convolution_forward, DeviceKind::cuda, Compute::hand, forward};

}  // namespace
}  // namespace lanemark
