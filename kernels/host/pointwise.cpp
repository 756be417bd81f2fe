// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cassert>

#include "kernels/host/floats.hpp"
#include "kernels/host/rows.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

void add_bias(StreamRef stream, const BiasForward& arguments) {
  stream.run([a = arguments] {
    const FloatsOf before{a.y};
    const FloatsTo y{a.y};
    for (std::size_t row = 0; row < a.rows; ++row) {
      const std::size_t first = row * a.columns;
      for (std::size_t c = 0; c < a.columns; ++c) y.data()[first + c] = before.data()[first + c] + a.bias.data()[c];
    }
    if (a.relu) clamp_negative(y.data(), a.rows * a.columns);
    y.store();
  });
}

void backward_of_relu(StreamRef stream, const ReluBackward& arguments) {
  assert(arguments.y.size() == arguments.dy.size());
  stream.run([a = arguments] {
    const FloatsOf before{a.dy};
    const FloatsTo dy{a.dy};
    if (dy.data() != before.data()) std::copy_n(before.data(), a.dy.size(), dy.data());
    apply_mask(dy.data(), a.y);
    dy.store();
  });
}

void convert_values(StreamRef stream, const Convert& arguments) {
  assert(arguments.from.size() == arguments.to.size());
  stream.run([a = arguments] {
    const FloatsOf from{a.from};
    const FloatsTo to{a.to};
    std::copy_n(from.data(), a.to.size(), to.data());
    to.store();
  });
}

void multiply_and_add(StreamRef stream, const Triad& arguments) {
  assert(arguments.a.size() == arguments.b.size() && arguments.a.size() == arguments.c.size());
  stream.run([t = arguments] {
    for (std::size_t i = 0; i < t.a.size(); ++i) t.a.data()[i] = t.b.data()[i] + t.factor * t.c.data()[i];
  });
}

const Implements host_bias_forward{bias_forward, DeviceKind::host, Compute::hand, add_bias};
const Implements host_relu_backward{relu_backward, DeviceKind::host, Compute::hand, backward_of_relu};
const Implements host_convert{convert, DeviceKind::host, Compute::hand, convert_values};
const Implements host_triad{triad, DeviceKind::host, Compute::hand, multiply_and_add};

}  // namespace
}  // namespace lanemark
