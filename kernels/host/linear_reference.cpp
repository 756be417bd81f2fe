// The linear layer as plain loops. The innermost loop always runs along memory, so that the compiler vectorises it.

#include <algorithm>
#include <vector>

#include "kernels/host/rows.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

void forward(StreamRef stream, const LinearForward& arguments) {
  stream.run([arguments] {
    const auto& [shape, x, weight, bias, y, relu] = arguments;
    std::vector<float> by_input(shape.inputs * shape.outputs);
    transpose(weight.data(), shape.outputs, shape.inputs, by_input.data());
    set_rows(y.data(), shape.rows, shape.outputs, bias.data());
    for (std::size_t row = 0; row < shape.rows; ++row) {
      for (std::size_t i = 0; i < shape.inputs; ++i) {
        add_scaled(y.data() + row * shape.outputs, x.data()[row * shape.inputs + i],
                   by_input.data() + i * shape.outputs, shape.outputs);
      }
    }
    if (relu) clamp_negative(y.data(), shape.rows * shape.outputs);
  });
}

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  stream.run([arguments] {
    const auto& [shape, dy, weight, dx] = arguments;
    std::fill_n(dx.data(), shape.rows * shape.inputs, 0.0F);
    for (std::size_t row = 0; row < shape.rows; ++row) {
      for (std::size_t o = 0; o < shape.outputs; ++o) {
        add_scaled(dx.data() + row * shape.inputs, dy.data()[row * shape.outputs + o], weight.data() + o * shape.inputs,
                   shape.inputs);
      }
    }
  });
}

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  stream.run([arguments] {
    const auto& [shape, dy, x, dweight, dbias] = arguments;
    std::fill_n(dweight.data(), shape.outputs * shape.inputs, 0.0F);
    for (std::size_t o = 0; o < shape.outputs; ++o) {
      for (std::size_t row = 0; row < shape.rows; ++row) {
        add_scaled(dweight.data() + o * shape.inputs, dy.data()[row * shape.outputs + o], x.data() + row * shape.inputs,
                   shape.inputs);
      }
    }
    sum_rows(dy.data(), shape.rows, shape.outputs, dbias.data());
  });
}

const Implements host_forward{linear_forward, DeviceKind::host, Compute::hand, forward};
const Implements host_backward_data{linear_backward_data, DeviceKind::host, Compute::hand, backward_data};
const Implements host_backward_weight{linear_backward_weight, DeviceKind::host, Compute::hand, backward_weight};

}  // namespace
}  // namespace lanemark
