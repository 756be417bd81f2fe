// SPDX-License-Identifier: MIT

#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/cuda/multiply.cuh"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The linear layer's forward pass by our own matrix product: flops 2 · rows · inputs · outputs, bytes of an element
// times (rows · inputs + rows · outputs + inputs · outputs).

namespace lanemark {
namespace {

using gemm::AlongDepth;

void forward(StreamRef stream, const LinearForward& arguments) {
  validate(arguments);
  if (run_by_tma(stream, arguments)) return;
  const auto& [shape, x, weight, bias, y, relu, tf32] = arguments;
  dispatch_layer_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    gemm::multiply(stream, tf32, shape.rows, shape.outputs, shape.inputs,
                   AlongDepth<T>{x.as<T>(), shape.rows, shape.inputs},
                   AlongDepth<T>{weight.as<T>(), shape.outputs, shape.inputs}, y, {.bias = bias.data(), .relu = relu});
  });
}

const Implements cuda_linear_forward{linear_forward, DeviceKind::cuda, Compute::hand, forward};

}  // namespace
}  // namespace lanemark
