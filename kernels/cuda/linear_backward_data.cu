// SPDX-License-Identifier: MIT

#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/cuda/multiply.cuh"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The linear layer's data gradient by our own matrix product: flops 2 · rows · inputs · outputs, bytes of an element
// times (rows · inputs + rows · outputs + inputs · outputs).

namespace lanemark {
namespace {

using gemm::AlongDepth;
using gemm::AlongOuter;

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  validate(arguments);
  if (run_by_tma(stream, arguments)) return;
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
    gemm::multiply(stream, tf32, shape.rows, shape.inputs, shape.outputs,
                   AlongDepth<T>{dy.as<T>(), shape.rows, shape.outputs},
                   AlongOuter<T>{weight.as<T>(), shape.inputs, shape.outputs}, dx, {.mask = relu_output});
  });
}

const Implements cuda_linear_backward_data{linear_backward_data, DeviceKind::cuda, Compute::hand, backward_data};

}  // namespace
}  // namespace lanemark
