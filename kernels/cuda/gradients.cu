// SPDX-License-Identifier: MIT

#include <cassert>

#include "kernels/cuda/map.cuh"
#include "kernels/cuda/workspace.hpp"
#include "kernels/operations.hpp"

// Gradients on their way: tensors into a bucket and back, and what is asked of all of them at once.

namespace lanemark {
namespace {

constexpr unsigned warp = 32;
constexpr unsigned unroll = 4;
constexpr unsigned width = 4;
constexpr std::size_t share = std::size_t{warp} * unroll * width;  ///< of the bucket that a warp takes
constexpr std::size_t chunk = share * (threads_per_block / warp);  ///< that a block takes

/// The tensor that holds a place of the bucket: the last that begins at or before it and is not empty.
__device__ std::size_t tensor_at(const TensorPlace* tensors, std::size_t count, std::size_t place) {
  std::size_t low = 0;
  std::size_t high = count;
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    if (tensors[middle].offset <= place) low = middle;
    else high = middle;
  }
  while (low > 0 && tensors[low].count == 0) --low;
  return low;
}

struct Scale {
  float factor;
  __device__ void operator()(float from, float& to) const { to = from * factor; }
};

/// Elements before the first that a whole access may begin with.
template <class T>
__device__ unsigned before_whole(const T* pointer) {
  return static_cast<unsigned>(-(reinterpret_cast<std::uintptr_t>(pointer) / sizeof(T)) % width);
}

/// At most `share` elements from one place to another, by a warp. Where one side is off whole accesses by other than
/// the other side, element by element, as many in flight.
template <class From, class To>
__device__ void move(unsigned count, const From* from, To* to, Scale scale) {
  const unsigned lane = threadIdx.x % warp;
  const unsigned head = before_whole(from);
  if (head == before_whole(to) && head < count) {
    const unsigned steps = (count - head) / width;
    map_steps<width, unroll>(lane, warp, steps, scale, Held<In<From>, width, unroll>{In<From>{from + head}},
                             Held<Out<To>, width, unroll>{Out<To>{to + head}});
    const unsigned i = lane < head ? lane : lane + steps * width;  // before and behind them, fewer than a warp
    if (i < count) to[i] = from_float<To>(to_float(from[i]) * scale.factor);
    return;
  }
  constexpr unsigned singles = 8;
  for (unsigned i = lane; i < count; i += warp * singles) {
    map_steps<1, singles>(i, warp, count, scale, Held<In<From>, 1, singles>{In<From>{from}},
                          Held<Out<To>, 1, singles>{Out<To>{to}});
  }
}

/// Each warp for itself, so that many small tensors are walked by many. bytes: those of an element in the tensor and in
/// the bucket each.
template <class T, bool packs>
__global__ void __launch_bounds__(threads_per_block)
    move_tensors(const TensorPlace* tensors, std::size_t tensor_count, T* bucket, std::size_t size, Scale scale) {
  const std::size_t begin = blockIdx.x * chunk + threadIdx.x / warp * share;
  if (begin >= size) return;
  const std::size_t end = begin + share < size ? begin + share : size;
  std::size_t at = begin;
  for (std::size_t i = tensor_at(tensors, tensor_count, begin); i < tensor_count && at < end; ++i) {
    const TensorPlace tensor = tensors[i];
    const std::size_t last = tensor.offset + tensor.count < end ? tensor.offset + tensor.count : end;
    if (last <= at) continue;
    float* const data = tensor.data + (at - tensor.offset);
    const auto count = static_cast<unsigned>(last - at);
    if constexpr (packs) move(count, data, bucket + at, scale);
    else move(count, bucket + at, data, scale);
    at = last;
  }
}

template <bool packs, class Bucket>
void move_all(StreamRef stream, DeviceSpan<const TensorPlace> tensors, const Bucket& bucket, float scale) {
  if (bucket.size() == 0 || tensors.empty()) return;
  const auto blocks = static_cast<unsigned>((bucket.size() + chunk - 1) / chunk);
  dispatch_layer_type(bucket.dtype(), [&]<class T>(std::type_identity<T>) {
    using Element = std::remove_pointer_t<decltype(bucket.template as<T>())>;
    Launch{stream, dim3{blocks}}(move_tensors<Element, packs>, tensors.data(), tensors.size(), bucket.template as<T>(),
                                 bucket.size(), Scale{scale});
  });
}

void pack_on_gpu(StreamRef stream, const PackTensors& a) { move_all<true>(stream, a.tensors, a.bucket, a.scale); }
void unpack_on_gpu(StreamRef stream, const UnpackTensors& a) { move_all<false>(stream, a.tensors, a.bucket, a.scale); }

// ---- over all values ----

constexpr unsigned blocks_of_sum = 1024;

struct Square {
  using Sum = double;
  __device__ static float of(float value) { return value * value; }
};
struct NonFinite {
  using Sum = unsigned long long;
  __device__ static float of(float value) { return isfinite(value) ? 0.0F : 1.0F; }
};

template <class Sum>
__device__ Sum over_block(Sum value) {
  __shared__ Sum shared[threads_per_block];
  shared[threadIdx.x] = value;
  for (unsigned half = threads_per_block / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
  }
  return shared[0];
}

template <class What, unsigned lanes>
__device__ float of_all(const float (&values)[lanes]) {
  float sum = 0;
#pragma unroll
  for (const float value : values) sum += What::of(value);
  return sum;
}

/// A thread adds few values in float before it goes on in the wider type. flops: 2 · count. bytes: an element each.
template <class T, unsigned lanes, class What>
__global__ void __launch_bounds__(threads_per_block)
    sum_all(std::size_t count, const T* values, typename What::Sum* partial) {
  typename What::Sum sum{};
  const std::size_t steps = count / lanes;
  std::size_t step = first_item();
  for (; step + (unroll - 1) * item_step() < steps; step += unroll * item_step()) {
    float read[unroll][lanes];
#pragma unroll
    for (unsigned j = 0; j < unroll; ++j) In<T>{values}.load(step + j * item_step(), read[j]);
    float few = 0;
#pragma unroll
    for (unsigned j = 0; j < unroll; ++j) few += of_all<What>(read[j]);
    sum += static_cast<typename What::Sum>(few);
  }
  for (; step < steps; step += item_step()) {
    float read[lanes];
    In<T>{values}.load(step, read);
    sum += static_cast<typename What::Sum>(of_all<What>(read));
  }
  for (std::size_t i = steps * lanes + first_item(); i < count; i += item_step()) {
    sum += static_cast<typename What::Sum>(What::of(to_float(values[i])));
  }
  sum = over_block(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

template <class Sum, class Finish>
__global__ void __launch_bounds__(threads_per_block) sum_partial(const Sum* partial, Finish finish) {
  Sum sum{};
  for (unsigned i = threadIdx.x; i < blocks_of_sum; i += threads_per_block) sum += partial[i];
  sum = over_block(sum);
  if (threadIdx.x == 0) finish(sum);
}

struct StoreRoot {
  float* norm;
  __device__ void operator()(double sum) const { *norm = static_cast<float>(sqrt(sum)); }
};
struct StoreCount {
  unsigned long long* count;
  __device__ void operator()(unsigned long long sum) const { *count = sum; }
};

template <class What, class Finish>
void reduce(StreamRef stream, const ConstArray& values, const Finish& finish) {
  auto* const partial = static_cast<typename What::Sum*>(workspace(stream));
  dispatch_layer_type(values.dtype(), [&]<class T>(std::type_identity<T>) {
    const auto* const data = values.as<T>();
    const Launch launch{stream, dim3{blocks_of_sum}};
    if (In<T>{data}.allows(lanes_of<T>)) launch(sum_all<T, lanes_of<T>, What>, values.size(), data, partial);
    else launch(sum_all<T, 1, What>, values.size(), data, partial);
  });
  Launch{stream, dim3{1}}(sum_partial<typename What::Sum, Finish>, partial, finish);
}

void global_norm_on_gpu(StreamRef stream, const GlobalNorm& a) {
  assert(a.norm.size() == 1);
  reduce<Square>(stream, a.values, StoreRoot{a.norm.data()});
}
void count_non_finite_on_gpu(StreamRef stream, const CountNonFinite& a) {
  assert(a.count.size() == 1);
  reduce<NonFinite>(stream, a.values, StoreCount{a.count.data()});
}

const Implements cuda_pack{pack_tensors, DeviceKind::cuda, Compute::hand, pack_on_gpu};
const Implements cuda_unpack{unpack_tensors, DeviceKind::cuda, Compute::hand, unpack_on_gpu};
const Implements cuda_norm{global_norm, DeviceKind::cuda, Compute::hand, global_norm_on_gpu};
const Implements cuda_non_finite{count_non_finite, DeviceKind::cuda, Compute::hand, count_non_finite_on_gpu};

}  // namespace
}  // namespace lanemark
