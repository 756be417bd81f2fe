// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/linear.cuh"

namespace lanemark::hopper {
namespace {

using TilesOfInputs = Family<BFloat16, along_depth, along_outer, false, wide_sharing, wide, wide_splitting, medium,
                             square_sharing, square, narrow>;
/// dxᵀ = wᵀ · dyᵀ, where wᵀ goes through registers.
using TilesOfTurnedInputs =
    Family<float, along_outer, along_depth, true, wide_sharing, wide, wide_splitting, medium, square, narrow>;

}  // namespace

bool run(StreamRef stream, const LinearBackwardData& arguments) {
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  if (any_empty(shape) || !on_tensor_cores(stream, dy.dtype(), tf32)) return false;
  if (!is_reachable(dy, shape.outputs) || !is_reachable(weight, shape.inputs)) return false;
  if (!is_reachable(dx, shape.inputs) || !is_reachable(relu_output, shape.inputs)) return false;
  const Result result{dx, shape.rows, 1, shape.inputs, {.mask = relu_output}};
  if (dy.dtype() == DType::bfloat16) {
    const Matrices<along_depth, along_outer> matrices{dy, weight, shape.rows, shape.inputs, shape.outputs};
    multiply_matrices<TilesOfInputs>(stream, matrices, result);
  } else {
    const Matrices<along_outer, along_depth> matrices{weight, dy, shape.inputs, shape.rows, shape.outputs};
    multiply_matrices<TilesOfTurnedInputs>(stream, matrices, result);
  }
  return true;
}

}  // namespace lanemark::hopper
