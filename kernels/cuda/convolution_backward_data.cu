// SPDX-License-Identifier: MIT

#include "kernels/cuda/convolution_gradient.cuh"
#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/matrix_arguments.hpp"

namespace lanemark {
namespace {

void backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  validate(arguments);
  if (run_by_tma(stream, arguments)) return;
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  if (shape.stride != 1) return strided_data_gradient(stream, arguments);
  dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
    gemm::multiply(stream, tf32, std::array{gradient_part(shape, dy.as<T>(), weight.as<T>(), 0, 0)}, shape.inputs, dx,
                   Finish{.mask = relu_output});
  });
}

const Implements cuda_convolution_backward_data{convolution_backward_data, DeviceKind::cuda, Compute::hand,
                                                backward_data};

}  // namespace
}  // namespace lanemark
