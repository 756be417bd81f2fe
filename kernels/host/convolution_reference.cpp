// SPDX-License-Identifier: MIT

// The convolution as plain loops over pixels and taps. The innermost loop runs along channels, which lie together.
// Each pass: flops 2 · output pixels · taps · inputs · outputs; bytes at least those of image, weights and output.

#include <algorithm>

#include "kernels/host/floats.hpp"
#include "kernels/host/rows.hpp"
#include "kernels/matrix_arguments.hpp"

namespace lanemark {
namespace {

/// Calls f(output pixel, tap, input pixel) for every tap that falls inside the image.
template <class F>
void for_each_tap(const ConvolutionShape& shape, F&& f) {
  const std::size_t padding = shape.padding();
  std::size_t output = 0;
  for (std::size_t n = 0; n < shape.images; ++n) {
    for (std::size_t h = 0; h < shape.output_height(); ++h) {
      for (std::size_t w = 0; w < shape.output_width(); ++w, ++output) {
        for (std::size_t tap = 0; tap < shape.taps(); ++tap) {
          const std::size_t row = h * shape.stride + tap / shape.filter;
          const std::size_t column = w * shape.stride + tap % shape.filter;
          if (row < padding || row - padding >= shape.height) continue;
          if (column < padding || column - padding >= shape.width) continue;
          f(output, tap, (n * shape.height + row - padding) * shape.width + column - padding);
        }
      }
    }
  }
}

void reference_forward(StreamRef stream, const ConvolutionForward& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf x{a.x};
    const FloatsOf weight{a.weight};
    const FloatsTo y{a.y};
    const std::size_t inputs = a.shape.inputs;
    const std::size_t outputs = a.shape.outputs;
    Scratch by_tap{a.shape.taps() * inputs * outputs};  // [r, s, c, o]
    transpose(weight.data(), outputs, a.shape.taps() * inputs, by_tap.data());
    set_rows(y.data(), a.shape.output_pixels(), outputs, a.bias.data());
    for_each_tap(a.shape, [&](std::size_t output, std::size_t tap, std::size_t input) {
      for (std::size_t c = 0; c < inputs; ++c) {
        add_scaled(y.data() + output * outputs, x.data()[input * inputs + c],
                   by_tap.data() + (tap * inputs + c) * outputs, outputs);
      }
    });
    if (a.relu) clamp_negative(y.data(), a.shape.output_pixels() * outputs);
    y.store();
  });
}

void reference_backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf weight{a.weight};
    const FloatsTo dx{a.dx};
    const std::size_t inputs = a.shape.inputs;
    const std::size_t outputs = a.shape.outputs;
    std::fill_n(dx.data(), a.shape.input_pixels() * inputs, 0.0F);
    for_each_tap(a.shape, [&](std::size_t output, std::size_t tap, std::size_t input) {
      for (std::size_t o = 0; o < outputs; ++o) {
        add_scaled(dx.data() + input * inputs, dy.data()[output * outputs + o],
                   weight.data() + (o * a.shape.taps() + tap) * inputs, inputs);
      }
    });
    apply_mask(dx.data(), a.relu_output);
    dx.store();
  });
}

void reference_backward_weight(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf x{a.x};
    const std::size_t inputs = a.shape.inputs;
    const std::size_t outputs = a.shape.outputs;
    std::fill_n(a.dweight.data(), outputs * a.shape.taps() * inputs, 0.0F);
    for_each_tap(a.shape, [&](std::size_t output, std::size_t tap, std::size_t input) {
      for (std::size_t o = 0; o < outputs; ++o) {
        add_scaled(a.dweight.data() + (o * a.shape.taps() + tap) * inputs, dy.data()[output * outputs + o],
                   x.data() + input * inputs, inputs);
      }
    });
    sum_rows(dy.data(), a.shape.output_pixels(), outputs, a.dbias.data());
  });
}

const Implements reference_convolution_forward{convolution_forward, DeviceKind::host, Compute::hand, reference_forward};
const Implements reference_convolution_backward_data{convolution_backward_data, DeviceKind::host, Compute::hand,
                                                     reference_backward_data};
const Implements reference_convolution_backward_weight{convolution_backward_weight, DeviceKind::host, Compute::hand,
                                                       reference_backward_weight};

}  // namespace
}  // namespace lanemark
