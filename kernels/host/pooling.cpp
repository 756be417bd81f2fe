#include <array>

#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// Calls f(place of the first maximum of the window in x, place of the output) for every window and channel, and
/// before it clear(place) for the window's four places.
template <class Clear, class F>
void for_each_window(const MaxPoolShape& shape, const float* x, Clear&& clear, F&& f) {
  const std::size_t row = shape.width * shape.channels;
  std::size_t output = 0;
  for (std::size_t upper = 0; upper < shape.images * shape.height; upper += 2) {
    for (std::size_t left = 0; left < shape.width; left += 2) {
      for (std::size_t c = 0; c < shape.channels; ++c, ++output) {
        const std::size_t corner = upper * row + left * shape.channels + c;
        const std::array window{corner, corner + shape.channels, corner + row, corner + row + shape.channels};
        std::size_t first_maximum = corner;
        for (const std::size_t place : window) {
          clear(place);
          if (x[place] > x[first_maximum]) first_maximum = place;
        }
        f(first_maximum, output);
      }
    }
  }
}

void forward(StreamRef stream, const MaxPoolForward& arguments) {
  stream.run([a = arguments] {
    for_each_window(
        a.shape, a.x.data(), [](std::size_t) {},
        [&a](std::size_t input, std::size_t output) { a.y.data()[output] = a.x.data()[input]; });
  });
}

void backward(StreamRef stream, const MaxPoolBackward& arguments) {
  stream.run([a = arguments] {
    for_each_window(
        a.shape, a.x.data(), [&a](std::size_t input) { a.dx.data()[input] = 0; },
        [&a](std::size_t input, std::size_t output) { a.dx.data()[input] = a.dy.data()[output]; });
  });
}

const Implements host_forward{max_pool_forward, DeviceKind::host, Compute::hand, forward};
const Implements host_backward{max_pool_backward, DeviceKind::host, Compute::hand, backward};

}  // namespace
}  // namespace lanemark
