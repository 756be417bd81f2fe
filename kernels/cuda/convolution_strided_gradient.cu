// SPDX-License-Identifier: MIT

#include "kernels/cuda/convolution_gradient.cuh"

namespace lanemark {

void strided_data_gradient(StreamRef stream, const ConvolutionBackwardData& arguments) {
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
    const auto part = [&](std::size_t row, std::size_t column) {
      return gradient_part(shape, dy.as<T>(), weight.as<T>(), row, column);
    };
    // Those that meet the most taps first.
    gemm::multiply(stream, tf32, std::array{part(1, 1), part(1, 0), part(0, 1), part(0, 0)}, shape.inputs, dx,
                   Finish{.mask = relu_output});
  });
}

}  // namespace lanemark
