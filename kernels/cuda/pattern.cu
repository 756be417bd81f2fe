// SPDX-License-Identifier: MIT

#include "kernels/contributions.hpp"
#include "kernels/cuda/launch.cuh"
#include "kernels/operations.hpp"
#include "kernels/pattern.hpp"

namespace lanemark {
namespace {

/// flops: the generator's integer operations. bytes: 4 · count.
__global__ void __launch_bounds__(threads_per_block)
    uniform(float* values, std::size_t count, std::uint64_t seed, float low, float high, std::uint64_t first) {
  for (std::size_t i = first_item(); i < count; i += item_step()) {
    values[i] = pattern::uniform(seed, first + i, low, high);
  }
}

/// flops: the generator's integer operations. bytes: 4 · count.
__global__ void __launch_bounds__(threads_per_block)
    labels(std::int32_t* values, std::size_t count, std::uint64_t seed, std::int32_t classes, std::uint64_t first) {
  for (std::size_t i = first_item(); i < count; i += item_step()) {
    values[i] = pattern::label(seed, first + i, classes);
  }
}

/// flops: the generator's integer operations. bytes: count · size of T.
template <class T>
__global__ void __launch_bounds__(threads_per_block) fill(FillPattern a, pattern::Contributions<T> data) {
  auto* const values = static_cast<T*>(a.values);
  for (std::size_t i = first_item(); i < a.count; i += item_step()) {
    values[i] = pattern::narrow<T>(data.value(a.seed, a.rank, a.first + i));
  }
}

/// flops: the generator's integer operations, `ranks` times for a reduction. bytes: count · size of T.
template <class T>
__global__ void __launch_bounds__(threads_per_block) compare(CheckPattern a, pattern::Contributions<T> data) {
  const auto* const values = static_cast<const T*>(a.values);
  unsigned long long wrong = 0;
  unsigned long long first = ~0ULL;
  for (std::size_t i = first_item(); i < a.count; i += item_step()) {
    if (pattern::matches<T>(values[i], data.expected(a.seed, a.rank, a.first + i))) continue;
    if (wrong == 0) first = a.offset + i;  // a thread's indices rise
    ++wrong;
  }
  if (wrong == 0) return;
  atomicAdd(&a.result->wrong, wrong);
  atomicMin(&a.result->first, first);
}

void fill_uniform_on_gpu(StreamRef stream, const FillUniform& a) {
  if (a.values.empty()) return;
  Launch{stream, blocks_for(a.values.size())}(uniform, a.values.data(), a.values.size(), a.seed, a.low, a.high,
                                              a.first);
}

void fill_labels_on_gpu(StreamRef stream, const FillLabels& a) {
  if (a.labels.empty()) return;
  Launch{stream, blocks_for(a.labels.size())}(labels, a.labels.data(), a.labels.size(), a.seed, a.classes, a.first);
}

void fill_pattern_on_gpu(StreamRef stream, const FillPattern& a) {
  if (a.count == 0) return;
  const Launch launch{stream, blocks_for(a.count)};
  dispatch(a.dtype, [&]<class T>(std::type_identity<T>) {
    launch(fill<T>, a, pattern::Contributions<T>{a.op, a.ranks});
  });
}

void check_pattern_on_gpu(StreamRef stream, const CheckPattern& a) {
  if (a.count == 0) return;
  const Launch launch{stream, blocks_for(a.count)};
  dispatch(a.dtype, [&]<class T>(std::type_identity<T>) {
    launch(compare<T>, a, pattern::Contributions<T>{a.op, a.ranks});
  });
}

const Implements cuda_fill_uniform{fill_uniform, DeviceKind::cuda, Compute::hand, fill_uniform_on_gpu};
const Implements cuda_fill_labels{fill_labels, DeviceKind::cuda, Compute::hand, fill_labels_on_gpu};
const Implements cuda_fill_pattern{fill_pattern, DeviceKind::cuda, Compute::hand, fill_pattern_on_gpu};
const Implements cuda_check_pattern{check_pattern, DeviceKind::cuda, Compute::hand, check_pattern_on_gpu};

}  // namespace
}  // namespace lanemark
