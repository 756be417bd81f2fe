// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/convolution.cuh"

namespace lanemark::hopper {

bool run(StreamRef stream, const ConvolutionForward& arguments) {
  const auto& [shape, x, weight, bias, y, relu, tf32] = arguments;
  if (any_empty(shape) || !on_tensor_cores(stream, x.dtype(), tf32)) return false;
  if (!is_reachable(x, shape.inputs) || !is_reachable(weight, shape.inputs)) return false;
  if (!is_reachable(y, shape.outputs)) return false;
  const Operands operands{[&](unsigned box) { return patches(x, shape, box); },
                          [&](unsigned box) { return weights(Along::depth, weight, shape, box); }};
  const Result result{y, shape.output_pixels(), 1, shape.outputs, {.bias = bias.data(), .relu = relu}};
  dispatch_layer_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    TilesOfPixels<T, patches_along_depth, weights_along_depth>::run(
        stream, shape.output_pixels(), shape.outputs, padded(shape, x.dtype(), shape.inputs), operands, result);
  });
  return true;
}

}  // namespace lanemark::hopper
