#include "kernels/cuda/hopper/hopper.hpp"
#include "kernels/cuda/hopper/run.cuh"

// The convolution as a product whose patches TMA gathers (implicit GEMM; Chetlur et al. 2014).

namespace lanemark::hopper {
namespace {

constexpr Source patches_along_depth{Along::depth, Origin::patches};
constexpr Source patches_along_outer{Along::outer, Origin::patches};
constexpr Source weights_along_depth{Along::depth, Origin::weights};
constexpr Source weights_along_outer{Along::outer, Origin::weights};
constexpr Source matrix_along_outer{Along::outer, Origin::matrix};

template <class Element, Source a, Source b>
using TilesOfPixels = Family<Element, a, b, false, Tile{.n = 64, .m_blocks = 2, .buffers = 1},
                             Tile{.n = 128, .m_blocks = 2}, Tile{.n = 256}, Tile{.n = 128}, Tile{.n = 64}>;
/// dxᵀ = wᵀ · dyᵀ: pixels are the columns.
using TilesOfInputs = Family<float, weights_along_outer, patches_along_depth, true, Tile{.n = 256},
                             Tile{.n = 128, .across = 2}, Tile{.n = 128}, Tile{.n = 64}>;
using TilesOfWeights =
    Family<BFloat16, matrix_along_outer, patches_along_outer, false, Tile{.n = 256}, Tile{.n = 192}, Tile{.n = 128},
           Tile{.n = 192, .across = 2, .buffers = 1}, Tile{.n = 192, .warpgroups = 3, .across = 3, .buffers = 1}>;

using TilesOfTurnedWeights = Family<float, matrix_along_outer, patches_along_outer, false, Tile{.n = 256, .buffers = 1},
                                    Tile{.n = 128, .across = 2, .buffers = 1}, Tile{.n = 128}>;

bool any_empty(const ConvolutionShape& shape) {
  return shape.input_pixels() == 0 || shape.inputs == 0 || shape.outputs == 0;
}

/// A dimension of slices or blocks: all taps, each with its channels rounded up to whole rows of 128 bytes.
std::size_t padded(const ConvolutionShape& shape, DType dtype, std::size_t channels) {
  return shape.taps() * slices(dtype, channels) * row_bytes / size_of(dtype).value;
}

template <class A, class B>
struct Operands {
  A a;
  B b;
};

}  // namespace

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
