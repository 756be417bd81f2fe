#include <cassert>

#include "kernels/cuda/map.cuh"
#include "kernels/cuda/workspace.hpp"
#include "kernels/operations.hpp"

// Gradients on their way: tensors into a bucket and back, and what is asked of all of them at once.

namespace lanemark {
namespace {

constexpr std::size_t chunk = 8192;  ///< elements of the bucket that a block takes
constexpr unsigned unroll = 4;
constexpr unsigned width = 4;

/// The last tensor that begins at or before `place`; empty ones before it do not matter.
__device__ std::size_t tensor_at(const TensorPlace* tensors, std::size_t count, std::size_t place) {
  std::size_t low = 0;
  std::size_t high = count;
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    if (tensors[middle].offset <= place) low = middle;
    else high = middle;
  }
  return low;
}

struct Scale {
  float factor;
  __device__ void operator()(float from, float& to) const { to = from * factor; }
};

/// `count` elements from one place to another by the whole block.
template <class From, class To>
__device__ void move(std::size_t count, const From* from, To* to, Scale scale) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(from) % (width * sizeof(From)) == 0 &&
                       reinterpret_cast<std::uintptr_t>(to) % (width * sizeof(To)) == 0;
  const std::size_t steps = aligned ? count / width : 0;
  for (std::size_t i = threadIdx.x; i < steps; i += std::size_t{threads_per_block} * unroll) {
    map_steps<width, unroll>(i, threads_per_block, steps, scale, Held<In<From>, width, unroll>{In<From>{from}},
                             Held<Out<To>, width, unroll>{Out<To>{to}});
  }
  for (std::size_t i = steps * width + threadIdx.x; i < count; i += threads_per_block) {
    to[i] = from_float<To>(to_float(from[i]) * scale.factor);
  }
}

/// bytes: those of an element in the tensor and in the bucket each.
template <class T, bool packs>
__global__ void __launch_bounds__(threads_per_block)
    move_tensors(const TensorPlace* tensors, std::size_t tensor_count, T* bucket, std::size_t size, Scale scale) {
  const std::size_t begin = blockIdx.x * chunk;
  const std::size_t end = begin + chunk < size ? begin + chunk : size;
  std::size_t at = begin;
  for (std::size_t i = tensor_at(tensors, tensor_count, begin); i < tensor_count && at < end; ++i) {
    const TensorPlace tensor = tensors[i];
    const std::size_t last = tensor.offset + tensor.count < end ? tensor.offset + tensor.count : end;
    if (last <= at) continue;
    float* const data = tensor.data + (at - tensor.offset);
    if constexpr (packs) move(last - at, data, bucket + at, scale);
    else move(last - at, bucket + at, data, scale);
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

/// A thread adds few values in float before it goes on in the wider type. flops: 2 · count. bytes: an element each.
template <class T, unsigned lanes, class What>
__global__ void __launch_bounds__(threads_per_block)
    sum_all(std::size_t count, const T* values, typename What::Sum* partial) {
  typename What::Sum sum{};
  const std::size_t steps = count / lanes;
  for (std::size_t i = first_item(); i < steps; i += unroll * item_step()) {
    float read[unroll][lanes];
#pragma unroll
    for (unsigned j = 0; j < unroll; ++j) {
      if (i + j * item_step() < steps) In<T>{values}.load(i + j * item_step(), read[j]);
    }
    float few = 0;
#pragma unroll
    for (unsigned j = 0; j < unroll; ++j) {
      if (i + j * item_step() >= steps) break;
#pragma unroll
      for (unsigned k = 0; k < lanes; ++k) few += What::of(read[j][k]);
    }
    sum += static_cast<typename What::Sum>(few);
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
