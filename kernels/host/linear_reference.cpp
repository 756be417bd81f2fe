// SPDX-License-Identifier: MIT

// The linear layer as plain loops. The innermost loop always runs along memory, so that the compiler vectorises it.
// Each pass: flops 2 · rows · inputs · outputs; bytes at least those of the three matrices.

#include <algorithm>

#include "kernels/host/floats.hpp"
#include "kernels/host/rows.hpp"
#include "kernels/matrix_arguments.hpp"

namespace lanemark {
namespace {

void reference_forward(StreamRef stream, const LinearForward& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf x{a.x};
    const FloatsOf weight{a.weight};
    const FloatsTo y{a.y};
    const auto& [rows, inputs, outputs] = a.shape;
    Scratch by_input{inputs * outputs};
    transpose(weight.data(), outputs, inputs, by_input.data());
    set_rows(y.data(), rows, outputs, a.bias.data());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < inputs; ++i) {
        add_scaled(y.data() + row * outputs, x.data()[row * inputs + i], by_input.data() + i * outputs, outputs);
      }
    }
    if (a.relu) clamp_negative(y.data(), rows * outputs);
    y.store();
  });
}

void reference_backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf weight{a.weight};
    const FloatsTo dx{a.dx};
    const auto& [rows, inputs, outputs] = a.shape;
    std::fill_n(dx.data(), rows * inputs, 0.0F);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t o = 0; o < outputs; ++o) {
        add_scaled(dx.data() + row * inputs, dy.data()[row * outputs + o], weight.data() + o * inputs, inputs);
      }
    }
    apply_mask(dx.data(), a.relu_output);
    dx.store();
  });
}

void reference_backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf x{a.x};
    const auto& [rows, inputs, outputs] = a.shape;
    std::fill_n(a.dweight.data(), outputs * inputs, 0.0F);
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t row = 0; row < rows; ++row) {
        add_scaled(a.dweight.data() + o * inputs, dy.data()[row * outputs + o], x.data() + row * inputs, inputs);
      }
    }
    sum_rows(dy.data(), rows, outputs, a.dbias.data());
  });
}

const Implements reference_linear_forward{linear_forward, DeviceKind::host, Compute::hand, reference_forward};
const Implements reference_linear_backward_data{linear_backward_data, DeviceKind::host, Compute::hand,
                                                reference_backward_data};
const Implements reference_linear_backward_weight{linear_backward_weight, DeviceKind::host, Compute::hand,
                                                  reference_backward_weight};

}  // namespace
}  // namespace lanemark
