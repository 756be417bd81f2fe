// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/convolution.cuh"

namespace lanemark::hopper {
namespace {

using TilesOfWeights =
    Family<BFloat16, matrix_along_outer, patches_along_outer, false, Tile{.n = 256}, Tile{.n = 192}, Tile{.n = 128},
           Tile{.n = 192, .across = 2, .buffers = 1}, Tile{.n = 192, .warpgroups = 3, .across = 3, .buffers = 1}>;

using TilesOfTurnedWeights = Family<float, matrix_along_outer, patches_along_outer, false, Tile{.n = 256, .buffers = 1},
                                    Tile{.n = 128, .across = 2, .buffers = 1}, Tile{.n = 128}>;

}  // namespace

bool run(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias, tf32] = arguments;
  if (any_empty(shape) || !on_tensor_cores(stream, dy.dtype(), tf32)) return false;
  if (!is_reachable(dy, shape.outputs) || !is_reachable(x, shape.inputs)) return false;
  if (!is_reachable(dweight, shape.inputs)) return false;
  const std::size_t pixels = shape.output_pixels();
  const Operands operands{[&](unsigned box) { return matrix(Along::outer, dy, shape.outputs, pixels, box); },
                          [&](unsigned box) { return patches(x, shape, box); }};
  const std::size_t columns = padded(shape, x.dtype(), shape.inputs);
  const Result result{dweight, shape.outputs, shape.taps(), shape.inputs, {}};
  if (dy.dtype() == DType::bfloat16) TilesOfWeights::run(stream, shape.outputs, columns, pixels, operands, result);
  else TilesOfTurnedWeights::run(stream, shape.outputs, columns, pixels, operands, result);
  return true;
}

}  // namespace lanemark::hopper
