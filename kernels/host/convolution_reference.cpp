// The convolution as plain loops over pixels and taps. The innermost loop runs along channels, which lie together.

#include <algorithm>
#include <vector>

#include "kernels/host/rows.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

constexpr std::size_t taps = 9;

std::size_t pixels(const ConvolutionShape& shape) { return shape.images * shape.height * shape.width; }

/// Calls f(output pixel, tap, input pixel) for every tap that falls inside the image; tap = 3 r + s.
template <class F>
void for_each_tap(const ConvolutionShape& shape, F&& f) {
  for (std::size_t n = 0; n < shape.images; ++n) {
    for (std::size_t h = 0; h < shape.height; ++h) {
      for (std::size_t w = 0; w < shape.width; ++w) {
        for (std::size_t r = h == 0 ? 1 : 0; r < 3 && h + r <= shape.height; ++r) {
          for (std::size_t s = w == 0 ? 1 : 0; s < 3 && w + s <= shape.width; ++s) {
            const std::size_t input = (n * shape.height + h + r - 1) * shape.width + w + s - 1;
            f((n * shape.height + h) * shape.width + w, 3 * r + s, input);
          }
        }
      }
    }
  }
}

void forward(StreamRef stream, const ConvolutionForward& arguments) {
  stream.run([a = arguments] {
    const std::size_t inputs = a.shape.inputs;
    const std::size_t outputs = a.shape.outputs;
    std::vector<float> by_tap(taps * inputs * outputs);  // [r, s, c, o]
    transpose(a.weight.data(), outputs, taps * inputs, by_tap.data());
    set_rows(a.y.data(), pixels(a.shape), outputs, a.bias.data());
    for_each_tap(a.shape, [&](std::size_t output, std::size_t tap, std::size_t input) {
      for (std::size_t c = 0; c < inputs; ++c) {
        add_scaled(a.y.data() + output * outputs, a.x.data()[input * inputs + c],
                   by_tap.data() + (tap * inputs + c) * outputs, outputs);
      }
    });
    if (a.relu) clamp_negative(a.y.data(), pixels(a.shape) * outputs);
  });
}

void backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  stream.run([a = arguments] {
    const std::size_t inputs = a.shape.inputs;
    const std::size_t outputs = a.shape.outputs;
    std::fill_n(a.dx.data(), pixels(a.shape) * inputs, 0.0F);
    for_each_tap(a.shape, [&](std::size_t output, std::size_t tap, std::size_t input) {
      for (std::size_t o = 0; o < outputs; ++o) {
        add_scaled(a.dx.data() + input * inputs, a.dy.data()[output * outputs + o],
                   a.weight.data() + (o * taps + tap) * inputs, inputs);
      }
    });
  });
}

void backward_weight(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  stream.run([a = arguments] {
    const std::size_t inputs = a.shape.inputs;
    const std::size_t outputs = a.shape.outputs;
    std::fill_n(a.dweight.data(), outputs * taps * inputs, 0.0F);
    for_each_tap(a.shape, [&](std::size_t output, std::size_t tap, std::size_t input) {
      for (std::size_t o = 0; o < outputs; ++o) {
        add_scaled(a.dweight.data() + (o * taps + tap) * inputs, a.dy.data()[output * outputs + o],
                   a.x.data() + input * inputs, inputs);
      }
    });
    sum_rows(a.dy.data(), pixels(a.shape), outputs, a.dbias.data());
  });
}

const Implements host_forward{convolution_forward, DeviceKind::host, Compute::hand, forward};
const Implements host_backward_data{convolution_backward_data, DeviceKind::host, Compute::hand, backward_data};
const Implements host_backward_weight{convolution_backward_weight, DeviceKind::host, Compute::hand, backward_weight};

}  // namespace
}  // namespace lanemark
