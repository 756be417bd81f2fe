// SPDX-License-Identifier: MIT

#include <cstdint>
#include <limits>

#include "kernels/cuda/map.cuh"
#include "kernels/operations.hpp"

// Pooling over 2x2 windows; a thread takes as many neighbouring channels of a window as one access covers.

namespace lanemark {
namespace {

/// A window's places in the input, row-major, in groups of channels, by the place of its output. `Index` holds every
/// place: 32-bit division is several times faster.
template <class Index>
struct Window {
  Index places[4];

  __device__ Window(Index output, Index groups, Index width) {
    const Index outputs_across = width / 2;
    const Index pixel = output / groups;
    const Index group = output - pixel * groups;
    const Index down = pixel / outputs_across;  // over all images, whose heights are even
    const Index across = pixel - down * outputs_across;
    const Index row = width * groups;
    places[0] = 2 * down * row + 2 * across * groups + group;
    places[1] = places[0] + groups;
    places[2] = places[0] + row;
    places[3] = places[2] + groups;
  }
};

/// The first maximum's number in the window.
__device__ inline unsigned first_maximum(const float (&window)[4]) {
  unsigned number = 0;
  float largest = window[0];
#pragma unroll
  for (unsigned i = 1; i < 4; ++i) {
    if (window[i] > largest) {
      largest = window[i];
      number = i;
    }
  }
  return number;
}

struct Maximum {
  __device__ static float of(const float (&window)[4]) { return window[first_maximum(window)]; }
};
struct Average {
  __device__ static float of(const float (&window)[4]) {
    return 0.25F * ((window[0] + window[1]) + (window[2] + window[3]));
  }
};

template <unsigned lanes>
__device__ void window_of_lane(const float (&read)[4][lanes], unsigned lane, float (&window)[4]) {
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) window[i] = read[i][lane];
}

/// flops: 3 · outputs. bytes: 5 · outputs of an element's size.
template <class T, unsigned lanes, class Index, class Pool>
__global__ void __launch_bounds__(threads_per_block) forward(Index steps, Index groups, Index width, const T* x, T* y) {
  for (std::size_t i = first_item(); i < steps; i += item_step()) {
    const Window<Index> at{static_cast<Index>(i), groups, width};
    float read[4][lanes];
#pragma unroll
    for (unsigned j = 0; j < 4; ++j) In<T>{x}.load(at.places[j], read[j]);
    float pooled[lanes];
#pragma unroll
    for (unsigned lane = 0; lane < lanes; ++lane) {
      float window[4];
      window_of_lane(read, lane, window);
      pooled[lane] = Pool::of(window);
    }
    Out<T>{y}.store(i, pooled);
  }
}

/// flops: 3 · outputs. bytes: 9 · outputs of an element's size.
template <class T, unsigned lanes, class Index>
__global__ void __launch_bounds__(threads_per_block)
    backward_of_maximum(Index steps, Index groups, Index width, bool relu, const T* x, const T* dy, T* dx) {
  for (std::size_t i = first_item(); i < steps; i += item_step()) {
    const Window<Index> at{static_cast<Index>(i), groups, width};
    float read[4][lanes];
    float gradient[lanes];
#pragma unroll
    for (unsigned j = 0; j < 4; ++j) In<T>{x}.load(at.places[j], read[j]);
    In<T>{dy}.load(i, gradient);
#pragma unroll
    for (unsigned lane = 0; lane < lanes; ++lane) {
      float window[4];
      window_of_lane(read, lane, window);
      const unsigned number = first_maximum(window);
      const bool passes = !relu || window[number] > 0;
#pragma unroll
      for (unsigned j = 0; j < 4; ++j) read[j][lane] = j == number && passes ? gradient[lane] : 0;
    }
#pragma unroll
    for (unsigned j = 0; j < 4; ++j) Out<T>{dx}.store(at.places[j], read[j]);
  }
}

/// flops: outputs. bytes: 5 · outputs of an element's size.
template <class T, unsigned lanes, class Index>
__global__ void __launch_bounds__(threads_per_block)
    backward_of_average(Index steps, Index groups, Index width, const T* dy, T* dx) {
  for (std::size_t i = first_item(); i < steps; i += item_step()) {
    const Window<Index> at{static_cast<Index>(i), groups, width};
    float gradient[lanes];
    In<T>{dy}.load(i, gradient);
#pragma unroll
    for (float& value : gradient) value *= 0.25F;
#pragma unroll
    for (unsigned j = 0; j < 4; ++j) Out<T>{dx}.store(at.places[j], gradient);
  }
}

/// Calls f with the element's type, the lanes of an access, and `Index{}` of the narrowest type that holds every place.
template <class F>
void with_types(DType dtype, const PoolShape& shape, bool aligned, F&& f) {
  const std::size_t inputs = shape.images * shape.height * shape.width * shape.channels;
  if (inputs == 0) return;
  dispatch_layer_type(dtype, [&]<class T>(std::type_identity<T>) {
    const auto with_index = [&]<unsigned lanes>(std::integral_constant<unsigned, lanes> of_lanes) {
      if (inputs <= std::numeric_limits<std::uint32_t>::max()) f(std::type_identity<T>{}, of_lanes, std::uint32_t{});
      else f(std::type_identity<T>{}, of_lanes, std::uint64_t{});
    };
    if (aligned && shape.channels % lanes_of<T> == 0) with_index(std::integral_constant<unsigned, lanes_of<T>>{});
    else with_index(std::integral_constant<unsigned, 1>{});
  });
}

/// How a kernel walks: groups of channels at all outputs, groups of a pixel, pixels across the input.
template <class Index>
struct Walk {
  Index steps, groups, width;

  Walk(const PoolShape& shape, unsigned lanes)
      : steps{static_cast<Index>(shape.images * (shape.height / 2) * (shape.width / 2) * (shape.channels / lanes))},
        groups{static_cast<Index>(shape.channels / lanes)},
        width{static_cast<Index>(shape.width)} {}
};

template <class Pool, class Arguments>
void forward_on_gpu(StreamRef stream, const Arguments& a) {
  const bool aligned = is_on(16, a.x.data()) && is_on(16, a.y.data());
  with_types(
      a.x.dtype(), a.shape, aligned,
      [&]<class T, unsigned lanes, class Index>(std::type_identity<T>, std::integral_constant<unsigned, lanes>, Index) {
        const Walk<Index> walk{a.shape, lanes};
        Launch{stream, blocks_for(walk.steps)}(forward<T, lanes, Index, Pool>, walk.steps, walk.groups, walk.width,
                                               a.x.template as<T>(), a.y.template as<T>());
      });
}

void max_pool_forward_on_gpu(StreamRef stream, const MaxPoolForward& a) { forward_on_gpu<Maximum>(stream, a); }
void average_pool_forward_on_gpu(StreamRef stream, const AveragePoolForward& a) { forward_on_gpu<Average>(stream, a); }

void max_pool_backward_on_gpu(StreamRef stream, const MaxPoolBackward& a) {
  const bool aligned = is_on(16, a.x.data()) && is_on(16, a.dy.data()) && is_on(16, a.dx.data());
  with_types(
      a.x.dtype(), a.shape, aligned,
      [&]<class T, unsigned lanes, class Index>(std::type_identity<T>, std::integral_constant<unsigned, lanes>, Index) {
        const Walk<Index> walk{a.shape, lanes};
        Launch{stream, blocks_for(walk.steps)}(backward_of_maximum<T, lanes, Index>, walk.steps, walk.groups,
                                               walk.width, a.relu, a.x.as<T>(), a.dy.as<T>(), a.dx.as<T>());
      });
}

void average_pool_backward_on_gpu(StreamRef stream, const AveragePoolBackward& a) {
  const bool aligned = is_on(16, a.dy.data()) && is_on(16, a.dx.data());
  with_types(
      a.dy.dtype(), a.shape, aligned,
      [&]<class T, unsigned lanes, class Index>(std::type_identity<T>, std::integral_constant<unsigned, lanes>, Index) {
        const Walk<Index> walk{a.shape, lanes};
        Launch{stream, blocks_for(walk.steps)}(backward_of_average<T, lanes, Index>, walk.steps, walk.groups,
                                               walk.width, a.dy.as<T>(), a.dx.as<T>());
      });
}

const Implements cuda_max_forward{max_pool_forward, DeviceKind::cuda, Compute::hand, max_pool_forward_on_gpu};
const Implements cuda_max_backward{max_pool_backward, DeviceKind::cuda, Compute::hand, max_pool_backward_on_gpu};
const Implements cuda_average_forward{average_pool_forward, DeviceKind::cuda, Compute::hand,
                                      average_pool_forward_on_gpu};
const Implements cuda_average_backward{average_pool_backward, DeviceKind::cuda, Compute::hand,
                                       average_pool_backward_on_gpu};

}  // namespace
}  // namespace lanemark
