// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/finish.cuh"
#include "kernels/cuda/launch.cuh"

// Element by element over any number of arrays, as fast as memory goes: every thread reads all it needs for several
// accesses of 16 bytes before it uses the first. Arithmetic is in float, whatever the arrays hold.

namespace lanemark {

/// What one access moves: 16 bytes, or several of them, or fewer.
template <class T, unsigned width>
struct alignas(sizeof(T) * width < 16 ? sizeof(T) * width : 16) Lanes {
  T values[width];
};

inline bool is_on(std::size_t bytes, const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

// The arrays of a map. `load` and `store` move `width` elements, the `step`-th such group.
template <class T>
struct In {
  const T* data;
  [[nodiscard]] bool allows(unsigned width) const {
    return is_on(width * sizeof(T) < 16 ? width * sizeof(T) : 16, data);
  }
  template <unsigned width>
  __device__ void load(std::size_t step, float (&values)[width]) const {
    const auto lanes = reinterpret_cast<const Lanes<T, width>*>(data)[step];
#pragma unroll
    for (unsigned i = 0; i < width; ++i) values[i] = to_float(lanes.values[i]);
  }
  template <unsigned width>
  __device__ void store(std::size_t /*step*/, const float (&/*values*/)[width]) const {}
};

template <class T>
struct Out {
  T* data;
  [[nodiscard]] bool allows(unsigned width) const { return In<T>{data}.allows(width); }
  template <unsigned width>
  __device__ void load(std::size_t /*step*/, float (&/*values*/)[width]) const {}
  template <unsigned width>
  __device__ void store(std::size_t step, const float (&values)[width]) const {
    Lanes<T, width> lanes;
#pragma unroll
    for (unsigned i = 0; i < width; ++i) lanes.values[i] = from_float<T>(values[i]);
    reinterpret_cast<Lanes<T, width>*>(data)[step] = lanes;
  }
};

template <class T>
struct InOut {
  T* data;
  [[nodiscard]] bool allows(unsigned width) const { return In<T>{data}.allows(width); }
  template <unsigned width>
  __device__ void load(std::size_t step, float (&values)[width]) const {
    In<T>{data}.load(step, values);
  }
  template <unsigned width>
  __device__ void store(std::size_t step, const float (&values)[width]) const {
    Out<T>{data}.store(step, values);
  }
};

/// One row of `columns`, over and over.
struct EveryRow {
  const float* data;
  unsigned columns;
  [[nodiscard]] bool allows(unsigned width) const { return columns % width == 0 && In<float>{data}.allows(width); }
  template <unsigned width>
  __device__ void load(std::size_t step, float (&values)[width]) const {
    const unsigned groups = columns / width;
    // 32-bit division is several times faster.
    const std::size_t group = step <= 0xffffffffU ? static_cast<unsigned>(step) % groups : step % groups;
    In<float>{data}.load(group, values);
  }
  template <unsigned width>
  __device__ void store(std::size_t /*step*/, const float (&/*values*/)[width]) const {}
};

/// An array's elements on their way through a thread.
template <class Stream, unsigned width, unsigned unroll>
struct Held {
  Stream stream;
  float values[unroll][width];

  __device__ explicit Held(const Stream& from) : stream{from} {}
  __device__ void load(unsigned i, std::size_t step) { stream.load(step, values[i]); }
  __device__ void store(unsigned i, std::size_t step) const { stream.store(step, values[i]); }
};

template <unsigned width, unsigned unroll, class F, class... Streams>
__device__ void map_steps(std::size_t first, std::size_t apart, std::size_t end, const F& f,
                          Held<Streams, width, unroll>... held) {
#pragma unroll
  for (unsigned i = 0; i < unroll; ++i) {
    if (first + i * apart < end) (held.load(i, first + i * apart), ...);
  }
#pragma unroll
  for (unsigned i = 0; i < unroll; ++i) {
    if (first + i * apart >= end) return;
#pragma unroll
    for (unsigned j = 0; j < width; ++j) f(held.values[i][j]...);
    (held.store(i, first + i * apart), ...);
  }
}

template <unsigned width, unsigned unroll, class F, class... Streams>
__global__ void __launch_bounds__(threads_per_block) map_kernel(std::size_t count, F f, Streams... streams) {
  const std::size_t first = std::size_t{blockIdx.x} * threads_per_block * unroll + threadIdx.x;
  map_steps<width, unroll>(first, threads_per_block, count / width, f, Held<Streams, width, unroll>{streams}...);
  if constexpr (width > 1) {  // the rest, by the first threads of all
    const std::size_t rest = count / width * width + first;
    if (blockIdx.x == 0) map_steps<1, 1>(rest, 1, rest < count ? rest + 1 : 0, f, Held<Streams, 1, 1>{streams}...);
  }
}

/// Calls f(float& ...) for every element of all arrays. `width` elements make an access of the widest array's type.
template <unsigned width, class F, class... Streams>
void map(StreamRef stream, std::size_t count, const F& f, const Streams&... streams) {
  if (count == 0) return;
  constexpr unsigned unroll = width >= 8 ? 2 : 4;
  const auto launch = [&]<unsigned of_width>(std::integral_constant<unsigned, of_width>) {
    const std::size_t per_block = std::size_t{threads_per_block} * unroll * of_width;
    const std::size_t blocks = (count + per_block - 1) / per_block;
    Launch{stream, dim3{static_cast<unsigned>(blocks)}}(map_kernel<of_width, unroll, F, Streams...>, count, f,
                                                        streams...);
  };
  if ((streams.allows(width) && ...)) launch(std::integral_constant<unsigned, width>{});
  else launch(std::integral_constant<unsigned, 1>{});
}

/// As many elements as fill 16 bytes.
template <class T>
constexpr unsigned lanes_of = 16 / sizeof(T);

}  // namespace lanemark
