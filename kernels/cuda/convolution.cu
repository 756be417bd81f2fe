#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/convolution_sources.cuh"
#include "kernels/cuda/gemm.cuh"
#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/operations.hpp"

// The convolution as a matrix product that gathers its patches on the way (implicit GEMM; Chetlur et al. 2014).
// Each pass: flops 2 · output pixels · taps · inputs · outputs; bytes at least those of an element times
// (input pixels · inputs + output pixels · outputs + taps · inputs · outputs), the rereading of patches served by the
// caches.

namespace lanemark {
namespace {

using gemm::AlongDepth;
using gemm::AlongOuter;
using gemm::dimension;

/// The input as the output's pixels reach it.
template <class T>
gemm::Images<T> inputs(const ConvolutionShape& shape, const T* x) {
  return {x,
          dimension(shape.output_pixels()),
          dimension(shape.output_height()),
          dimension(shape.output_width()),
          dimension(shape.height),
          dimension(shape.width),
          dimension(shape.inputs),
          dimension(shape.filter),
          dimension(shape.padding()),
          dimension(shape.stride),
          gemm::is_aligned(x, shape.inputs)};
}

/// The output's gradient as the input's pixels reach it.
template <class T>
gemm::Images<T> gradients(const ConvolutionShape& shape, const T* dy) {
  return {dy,
          dimension(shape.input_pixels()),
          dimension(shape.height),
          dimension(shape.width),
          dimension(shape.output_height()),
          dimension(shape.output_width()),
          dimension(shape.outputs),
          dimension(shape.filter),
          dimension(shape.padding()),
          dimension(shape.stride),
          gemm::is_aligned(dy, shape.outputs)};
}

void forward(StreamRef stream, const ConvolutionForward& arguments) {
  if (run_on_tensor_cores(stream, arguments)) return;
  const auto& [shape, x, weight, bias, y, relu, tf32] = arguments;
  const std::size_t depth = shape.taps() * shape.inputs;
  dispatch_layer_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    gemm::multiply(stream, shape.output_pixels(), shape.outputs, depth, gemm::Patches<T>{inputs(shape, x.as<T>())},
                   AlongDepth<T>{weight.as<T>(), shape.outputs, depth}, y, {.bias = bias.data(), .relu = relu});
  });
}

void backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  if (run_on_tensor_cores(stream, arguments)) return;
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
    const gemm::WeightsAlongInputs<T> weights{weight.as<T>(), dimension(shape.outputs), dimension(shape.taps()),
                                              dimension(shape.inputs)};
    gemm::multiply(stream, shape.input_pixels(), shape.inputs, shape.taps() * shape.outputs,
                   gemm::GradientPatches<T>{gradients(shape, dy.as<T>())}, weights, dx, {.mask = relu_output});
  });
}

void backward_weight(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias, tf32] = arguments;
  if (!run_on_tensor_cores(stream, arguments)) {
    dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
      gemm::multiply(stream, shape.outputs, shape.taps() * shape.inputs, shape.output_pixels(),
                     AlongOuter<T>{dy.as<T>(), shape.outputs}, gemm::PatchesAlongOuter<T>{inputs(shape, x.as<T>())},
                     dweight);
    });
  }
  column_sums(stream, shape.output_pixels(), shape.outputs, dy, dbias.data());
}

const Implements cuda_forward{convolution_forward, DeviceKind::cuda, Compute::hand, forward};
const Implements cuda_backward_data{convolution_backward_data, DeviceKind::cuda, Compute::hand, backward_data};
const Implements cuda_backward_weight{convolution_backward_weight, DeviceKind::cuda, Compute::hand, backward_weight};

}  // namespace
}  // namespace lanemark
