// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/convolution.cuh"

namespace lanemark::hopper {
namespace {

/// dxᵀ = wᵀ · dyᵀ: pixels are the columns.
using TilesOfInputs = Family<float, weights_along_outer, patches_along_depth, true, Tile{.n = 256},
                             Tile{.n = 128, .across = 2}, Tile{.n = 128}, Tile{.n = 64}>;

}  // namespace

bool run(StreamRef stream, const ConvolutionBackwardData& arguments) {
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  if (any_empty(shape) || shape.stride != 1 || !on_tensor_cores(stream, dy.dtype(), tf32)) return false;
  if (!is_reachable(dy, shape.outputs) || !is_reachable(weight, shape.inputs)) return false;
  if (!is_reachable(dx, shape.inputs) || !is_reachable(relu_output, shape.inputs)) return false;
  const auto of_dy = [&](unsigned box) { return gradient_patches(dy, shape, box); };
  const auto of_weights = [&](unsigned box) { return weights(Along::outer, weight, shape, box); };
  const std::size_t depth = padded(shape, dy.dtype(), shape.outputs);
  const Result result{dx, shape.input_pixels(), 1, shape.inputs, {.mask = relu_output}};
  if (dy.dtype() == DType::bfloat16) {
    TilesOfPixels<BFloat16, patches_along_depth, weights_along_outer>::run(stream, shape.input_pixels(), shape.inputs,
                                                                           depth, Operands{of_dy, of_weights}, result);
  } else {
    TilesOfInputs::run(stream, shape.inputs, shape.input_pixels(), depth, Operands{of_weights, of_dy}, result);
  }
  return true;
}

}  // namespace lanemark::hopper
