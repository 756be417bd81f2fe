// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>

#include "kernels/host/floats.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// Calls f(the window's four places in the input, row-major, and the output's place) for every window and channel.
template <class F>
void for_each_window(const PoolShape& shape, F&& f) {
  const std::size_t row = shape.width * shape.channels;
  std::size_t output = 0;
  for (std::size_t upper = 0; upper < shape.images * shape.height; upper += 2) {
    for (std::size_t left = 0; left < shape.width; left += 2) {
      for (std::size_t c = 0; c < shape.channels; ++c, ++output) {
        const std::size_t corner = upper * row + left * shape.channels + c;
        f(std::array{corner, corner + shape.channels, corner + row, corner + row + shape.channels}, output);
      }
    }
  }
}

/// The first maximum's place.
std::size_t maximum(const std::array<std::size_t, 4>& window, const float* x) {
  std::size_t first = window[0];
  for (const std::size_t place : window) {
    if (x[place] > x[first]) first = place;
  }
  return first;
}

void forward_of_maximum(StreamRef stream, const MaxPoolForward& arguments) {
  stream.run([a = arguments] {
    const FloatsOf x{a.x};
    const FloatsTo y{a.y};
    for_each_window(a.shape, [&](const auto& window, std::size_t output) {
      y.data()[output] = x.data()[maximum(window, x.data())];
    });
    y.store();
  });
}

void backward_of_maximum(StreamRef stream, const MaxPoolBackward& arguments) {
  stream.run([a = arguments] {
    const FloatsOf x{a.x};
    const FloatsOf dy{a.dy};
    const FloatsTo dx{a.dx};
    std::fill_n(dx.data(), a.dx.size(), 0.0F);
    for_each_window(a.shape, [&](const auto& window, std::size_t output) {
      const std::size_t place = maximum(window, x.data());
      if (!a.relu || x.data()[place] > 0) dx.data()[place] = dy.data()[output];
    });
    dx.store();
  });
}

void forward_of_average(StreamRef stream, const AveragePoolForward& arguments) {
  stream.run([a = arguments] {
    const FloatsOf x{a.x};
    const FloatsTo y{a.y};
    for_each_window(a.shape, [&](const auto& window, std::size_t output) {
      const auto at = [&](std::size_t i) { return x.data()[window[i]]; };
      y.data()[output] = 0.25F * ((at(0) + at(1)) + (at(2) + at(3)));
    });
    y.store();
  });
}

void backward_of_average(StreamRef stream, const AveragePoolBackward& arguments) {
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsTo dx{a.dx};
    for_each_window(a.shape, [&](const auto& window, std::size_t output) {
      for (const std::size_t place : window) dx.data()[place] = 0.25F * dy.data()[output];
    });
    dx.store();
  });
}

const Implements host_max_forward{max_pool_forward, DeviceKind::host, Compute::hand, forward_of_maximum};
const Implements host_max_backward{max_pool_backward, DeviceKind::host, Compute::hand, backward_of_maximum};
const Implements host_average_forward{average_pool_forward, DeviceKind::host, Compute::hand, forward_of_average};
const Implements host_average_backward{average_pool_backward, DeviceKind::host, Compute::hand, backward_of_average};

}  // namespace
}  // namespace lanemark
