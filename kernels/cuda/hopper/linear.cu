#include "kernels/cuda/hopper/hopper.hpp"
#include "kernels/cuda/hopper/run.cuh"

namespace lanemark::hopper {
namespace {

constexpr Source along_depth{Along::depth, Origin::matrix};
constexpr Source along_outer{Along::outer, Origin::matrix};

constexpr Tile wide{.n = 256};
constexpr Tile wide_sharing{.n = 256, .shares_b = true};
constexpr Tile wide_splitting{.n = 256, .splits_depth = true};
constexpr Tile medium{.n = 192};
constexpr Tile medium_sharing{.n = 192, .shares_b = true};
constexpr Tile square{.n = 128};
constexpr Tile square_sharing{.n = 128, .shares_b = true};
constexpr Tile narrow{.n = 64};

template <class Element>
using TilesOfOutputs = Family<Element, along_depth, along_depth, false, wide_sharing, wide, wide_splitting,
                              medium_sharing, medium, square_sharing, square, narrow>;
using TilesOfInputs = Family<BFloat16, along_depth, along_outer, false, wide_sharing, wide, wide_splitting, medium,
                             square_sharing, square, narrow>;
/// dxᵀ = wᵀ · dyᵀ, where wᵀ goes through registers.
using TilesOfTurnedInputs =
    Family<float, along_outer, along_depth, true, wide_sharing, wide, wide_splitting, medium, square, narrow>;
/// Weight gradients write twice as much as they read: more of it waits on its way out.
constexpr Tile wide_waiting{.n = 256, .buffers = 4};
constexpr Tile wide_sharing_waiting{.n = 256, .buffers = 4, .shares_b = true};
using TilesOfWeights =
    Family<BFloat16, along_outer, along_outer, false, wide_sharing_waiting, wide_waiting, medium, square, narrow>;

constexpr Tile wide_turning{.n = 256, .buffers = 1};  // which leaves room for what is turned
using TilesOfTurnedWeights = Family<float, along_outer, along_outer, false, wide_turning, square>;

/// Two matrices with their sizes; the depth is common.
template <Source source_a, Source source_b>
struct Matrices {
  ConstArray of_a, of_b;
  std::size_t m, n, depth;

  [[nodiscard]] Operand a(unsigned box) const { return matrix(source_a.along, of_a, m, depth, box); }
  [[nodiscard]] Operand b(unsigned box) const { return matrix(source_b.along, of_b, n, depth, box); }
};

template <class Family, Source a, Source b>
void multiply_matrices(StreamRef stream, const Matrices<a, b>& matrices, const Result& result) {
  Family::run(stream, matrices.m, matrices.n, matrices.depth, matrices, result);
}

bool any_empty(const LinearShape& shape) { return shape.rows == 0 || shape.inputs == 0 || shape.outputs == 0; }

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
