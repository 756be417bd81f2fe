// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/linear.cuh"

namespace lanemark::hopper {
namespace {

template <class Element>
using TilesOfOutputs = Family<Element, along_depth, along_depth, false, wide_sharing, wide, wide_splitting,
                              medium_sharing, medium, square_sharing, square, narrow>;

}  // namespace

bool run(StreamRef stream, const LinearForward& arguments) {
  const auto& [shape, x, weight, bias, y, relu, tf32] = arguments;
  if (any_empty(shape) || !on_tensor_cores(stream, x.dtype(), tf32)) return false;
  if (!is_reachable(x, shape.inputs) || !is_reachable(weight, shape.inputs)) return false;
  if (!is_reachable(y, shape.outputs)) return false;
  const Matrices<along_depth, along_depth> matrices{x, weight, shape.rows, shape.outputs, shape.inputs};
  const Result result{y, shape.rows, 1, shape.outputs, {.bias = bias.data(), .relu = relu}};
  dispatch_layer_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    multiply_matrices<TilesOfOutputs<T>>(stream, matrices, result);
  });
  return true;
}

}  // namespace lanemark::hopper
