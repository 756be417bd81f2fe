#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/convolution_sources.cuh"
#include "kernels/cuda/gemm.cuh"
#include "kernels/operations.hpp"

// The 3x3 convolution as a matrix product that gathers its patches on the way (implicit GEMM; Chetlur et al. 2014).
// Each pass: flops 2 · pixels · 9 · inputs · outputs; bytes at least
// 4 · (pixels · inputs + pixels · outputs + 9 · inputs · outputs), the rereading of patches served by the caches.

namespace lanemark {
namespace {

using gemm::AlongDepth;
using gemm::AlongOuter;
using gemm::taps;

std::size_t pixels(const ConvolutionShape& shape) { return shape.images * shape.height * shape.width; }

gemm::Images images(const ConvolutionShape& shape, const float* data, std::size_t channels) {
  return {data,
          gemm::dimension(pixels(shape)),
          gemm::dimension(shape.height),
          gemm::dimension(shape.width),
          gemm::dimension(channels),
          gemm::is_aligned(data, channels)};
}

void forward(StreamRef stream, const ConvolutionForward& arguments) {
  const auto& [shape, x, weight, bias, y, relu] = arguments;
  const std::size_t depth = taps * shape.inputs;
  gemm::multiply(stream, pixels(shape), shape.outputs, depth, gemm::Patches{images(shape, x.data(), shape.inputs)},
                 AlongDepth{weight.data(), shape.outputs, depth}, y.data(), {bias.data(), relu});
}

void backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  const auto& [shape, dy, weight, dx] = arguments;
  const gemm::TurnedWeights turned{weight.data(), gemm::dimension(shape.outputs), gemm::dimension(shape.inputs)};
  gemm::multiply(stream, pixels(shape), shape.inputs, taps * shape.outputs,
                 gemm::Patches{images(shape, dy.data(), shape.outputs)}, turned, dx.data());
}

void backward_weight(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias] = arguments;
  gemm::multiply(stream, shape.outputs, taps * shape.inputs, pixels(shape), AlongOuter{dy.data(), shape.outputs},
                 gemm::PatchesAlongOuter{images(shape, x.data(), shape.inputs)}, dweight.data());
  column_sums(stream, pixels(shape), shape.outputs, dy.data(), dbias.data());
}

const Implements cuda_forward{convolution_forward, DeviceKind::cuda, Compute::hand, forward};
const Implements cuda_backward_data{convolution_backward_data, DeviceKind::cuda, Compute::hand, backward_data};
const Implements cuda_backward_weight{convolution_backward_weight, DeviceKind::cuda, Compute::hand, backward_weight};

}  // namespace
}  // namespace lanemark
