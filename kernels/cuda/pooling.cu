#include <cstdint>
#include <limits>

#include "kernels/cuda/launch.cuh"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// A window's places in x, row-major, by the place of its output in y. `Index` holds every place: 32-bit division
/// is several times faster.
template <class Index>
struct Window {
  Index places[4];

  __device__ Window(Index output, Index channels, Index width) {
    const Index outputs_across = width / 2;
    const Index c = output % channels;
    const Index across = output / channels % outputs_across;
    const Index down = output / channels / outputs_across;  // over all images, whose heights are even
    const Index row = width * channels;
    places[0] = 2 * down * row + 2 * across * channels + c;
    places[1] = places[0] + channels;
    places[2] = places[0] + row;
    places[3] = places[2] + channels;
  }

  struct Maximum {
    unsigned number;  ///< in the window
    float value;
  };
  /// The first one.
  [[nodiscard]] __device__ Maximum maximum(const float* x) const {
    Maximum largest{0, x[places[0]]};
#pragma unroll
    for (unsigned i = 1; i < 4; ++i) {
      const float value = x[places[i]];
      if (value > largest.value) largest = {i, value};
    }
    return largest;
  }
};

/// flops: 3 · outputs. bytes: 20 · outputs.
template <class Index>
__global__ void __launch_bounds__(threads_per_block)
    forward(Index outputs, Index channels, Index width, const float* x, float* y) {
  for (std::size_t i = first_item(); i < outputs; i += item_step()) {
    const Window<Index> window{static_cast<Index>(i), channels, width};
    y[i] = window.maximum(x).value;
  }
}

/// flops: 3 · outputs. bytes: 36 · outputs.
template <class Index>
__global__ void __launch_bounds__(threads_per_block)
    backward(Index outputs, Index channels, Index width, const float* x, const float* dy, float* dx) {
  for (std::size_t i = first_item(); i < outputs; i += item_step()) {
    const Window<Index> window{static_cast<Index>(i), channels, width};
    const unsigned largest = window.maximum(x).number;
    const float gradient = dy[i];
#pragma unroll
    for (unsigned j = 0; j < 4; ++j) dx[window.places[j]] = j == largest ? gradient : 0;
  }
}

/// Calls f with the narrowest index type that holds every place in x, and the number of outputs.
template <class F>
void with_index(const MaxPoolShape& shape, F&& f) {
  const std::size_t inputs = shape.images * shape.height * shape.width * shape.channels;
  if (inputs == 0) return;
  if (inputs <= std::numeric_limits<std::uint32_t>::max()) f(static_cast<std::uint32_t>(inputs / 4));
  else f(static_cast<std::uint64_t>(inputs / 4));
}

void max_pool_forward_on_gpu(StreamRef stream, const MaxPoolForward& a) {
  with_index(a.shape, [&]<class Index>(Index outputs) {
    Launch{stream, blocks_for(outputs)}(forward<Index>, outputs, static_cast<Index>(a.shape.channels),
                                        static_cast<Index>(a.shape.width), a.x.data(), a.y.data());
  });
}

void max_pool_backward_on_gpu(StreamRef stream, const MaxPoolBackward& a) {
  with_index(a.shape, [&]<class Index>(Index outputs) {
    Launch{stream, blocks_for(outputs)}(backward<Index>, outputs, static_cast<Index>(a.shape.channels),
                                        static_cast<Index>(a.shape.width), a.x.data(), a.dy.data(), a.dx.data());
  });
}

const Implements cuda_forward{max_pool_forward, DeviceKind::cuda, Compute::hand, max_pool_forward_on_gpu};
const Implements cuda_backward{max_pool_backward, DeviceKind::cuda, Compute::hand, max_pool_backward_on_gpu};

}  // namespace
}  // namespace lanemark
