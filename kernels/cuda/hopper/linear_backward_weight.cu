// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/linear.cuh"

namespace lanemark::hopper {
namespace {

/// Weight gradients write twice as much as they read: more of it waits on its way out.
constexpr Tile wide_waiting{.n = 256, .buffers = 4};
constexpr Tile wide_sharing_waiting{.n = 256, .buffers = 4, .shares_b = true};
using TilesOfWeights =
    Family<BFloat16, along_outer, along_outer, false, wide_sharing_waiting, wide_waiting, medium, square, narrow>;

constexpr Tile wide_turning{.n = 256, .buffers = 1};  // which leaves room for what is turned
using TilesOfTurnedWeights = Family<float, along_outer, along_outer, false, wide_turning, square>;

}  // namespace

bool run(StreamRef stream, const LinearBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias, tf32] = arguments;
  if (any_empty(shape) || !on_tensor_cores(stream, dy.dtype(), tf32)) return false;
  if (!is_reachable(dy, shape.outputs) || !is_reachable(x, shape.inputs)) return false;
  if (!is_reachable(dweight, shape.inputs)) return false;
  const Matrices<along_outer, along_outer> matrices{dy, x, shape.outputs, shape.inputs, shape.rows};
  const Result result{dweight, shape.outputs, 1, shape.inputs, {}};
  if (dy.dtype() == DType::bfloat16) multiply_matrices<TilesOfWeights>(stream, matrices, result);
  else multiply_matrices<TilesOfTurnedWeights>(stream, matrices, result);
  return true;
}

}  // namespace lanemark::hopper
