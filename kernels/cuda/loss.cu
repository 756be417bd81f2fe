// SPDX-License-Identifier: MIT

#include <algorithm>
#include <bit>
#include <cfloat>
#include <type_traits>

#include "kernels/cuda/map.cuh"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

constexpr unsigned warp = 32;
constexpr unsigned whole_warp = 0xffffffffU;
constexpr float log2_of_e = 1.44269504F;

/// 2^exponent by the hardware's approximation, of at most 0 here: within 2 units in the last place. A call of expf
/// would take longer than a bfloat16 takes to come from memory.
__device__ float power_of_two(float exponent) {
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(exponent));
  return power;
}

/// An access as the registers hold it: elements of 2 bytes stay two in a register until they are used.
template <unsigned bytes>
using Word =
    std::conditional_t<bytes == 16, uint4,
                       std::conditional_t<bytes == 8, uint2, std::conditional_t<bytes == 4, unsigned, unsigned short>>>;
template <class T, unsigned lanes>
using WordOf = Word<sizeof(T) * lanes>;

template <class T, unsigned lanes>
__device__ void unpack(WordOf<T, lanes> word, float (&values)[lanes]) {
  const auto elements = std::bit_cast<Lanes<T, lanes>>(word);
#pragma unroll
  for (unsigned j = 0; j < lanes; ++j) values[j] = to_float(elements.values[j]);
}

/// Keeps the compiler from keeping what was unpacked from a word for its next use: registers are dearer.
__device__ void forget(uint4& word) { asm volatile("" : "+r"(word.x), "+r"(word.y), "+r"(word.z), "+r"(word.w)); }
__device__ void forget(uint2& word) { asm volatile("" : "+r"(word.x), "+r"(word.y)); }
__device__ void forget(unsigned& word) { asm volatile("" : "+r"(word)); }
__device__ void forget(unsigned short& word) { asm volatile("" : "+h"(word)); }

struct Plus {
  static constexpr float neutral = 0;
  __device__ static float of(float a, float b) { return a + b; }
};
struct Larger {
  static constexpr float neutral = -INFINITY;
  __device__ static float of(float a, float b) { return fmaxf(a, b); }
};

/// F over the values of all `threads` that share a row, the same in every thread, always in the same tree. `shared`
/// holds one float for each warp of the block.
template <class F, unsigned threads>
__device__ float over_row(float value, float* shared) {
  for (unsigned distance = warp / 2; distance > 0; distance /= 2) {
    value = F::of(value, __shfl_xor_sync(whole_warp, value, static_cast<int>(distance)));
  }
  if constexpr (threads > warp) {
    if (threadIdx.x % warp == 0) shared[threadIdx.x / warp] = value;
    __syncthreads();
    value = F::neutral;
    for (unsigned i = 0; i < threads / warp; ++i) value = F::of(value, shared[i]);
    __syncthreads();
  }
  return value;
}

/// One row, as every thread that shares it sees it.
template <class From, class To, unsigned lanes>
struct Row {
  const WordOf<From, lanes>* logits;
  Out<To> gradient;
  unsigned groups;  ///< of `lanes` logits
  unsigned label;
  float of_label;  ///< its logit

  __device__ Row(std::size_t row, std::size_t classes, const From* all_logits, const std::int32_t* labels,
                 To* all_gradients)
      : logits{reinterpret_cast<const WordOf<From, lanes>*>(all_logits + row * classes)},
        gradient{all_gradients + row * classes},
        groups{static_cast<unsigned>(classes / lanes)},
        label{static_cast<unsigned>(labels[row])},
        of_label{to_float(all_logits[row * classes + label])} {}

  /// softmax - onehot of one group; the sum divides in the exponent.
  __device__ void differentiate(unsigned group, WordOf<From, lanes> word, float largest, float log2_of_sum) const {
    float values[lanes];
    unpack<From>(word, values);
#pragma unroll
    for (float& value : values) value = power_of_two(fmaf(value - largest, log2_of_e, -log2_of_sum));
    const unsigned at = label - group * lanes;
    if (at < lanes) {
#pragma unroll
      for (unsigned j = 0; j < lanes; ++j) values[j] -= j == at ? 1.0F : 0.0F;
    }
    gradient.store(group, values);
  }
};

template <class From, unsigned lanes>
__device__ float largest_of(WordOf<From, lanes> word, float largest) {
  float values[lanes];
  unpack<From>(word, values);
#pragma unroll
  for (const float value : values) largest = fmaxf(largest, value);
  return largest;
}

template <class From, unsigned lanes>
__device__ float sum_of_exponentials(WordOf<From, lanes> word, float largest) {
  float values[lanes];
  unpack<From>(word, values);
  float sum = 0;
#pragma unroll
  for (const float value : values) sum += power_of_two((value - largest) * log2_of_e);
  return sum;
}

constexpr unsigned block_of(unsigned threads) { return std::max(threads, threads_per_block); }
constexpr unsigned threads_at_once = 1024;  ///< at least, in a multiprocessor: 64 registers each

/// `threads` threads a row, which read each logit once and keep `held` accesses of it each. The largest is subtracted
/// first, so that no exponential overflows.
/// flops: about 7 and two exponentials per logit. bytes: a logit and its gradient each.
template <class From, class To, unsigned threads, unsigned lanes, unsigned held>
__global__ void __launch_bounds__(block_of(threads), threads_at_once / block_of(threads))
    softmax_loss(std::size_t rows, std::size_t classes, const From* logits, const std::int32_t* labels, To* dlogits,
                 float* loss) {
  __shared__ float shared[threads / warp];
  const unsigned thread = threadIdx.x % threads;
  const std::size_t at = std::size_t{blockIdx.x} * (block_of(threads) / threads) + threadIdx.x / threads;
  if (at >= rows) return;  // whole warps, and whole blocks where a row takes more than a warp
  const Row<From, To, lanes> row{at, classes, logits, labels, dlogits};

  WordOf<From, lanes> words[held];
#pragma unroll
  for (unsigned i = 0; i < held; ++i) {
    if (thread + i * threads < row.groups) words[i] = row.logits[thread + i * threads];
  }
  float largest = -INFINITY;
#pragma unroll
  for (unsigned i = 0; i < held; ++i) {
    if (thread + i * threads < row.groups) largest = largest_of<From, lanes>(words[i], largest);
    forget(words[i]);
  }
  largest = over_row<Larger, threads>(largest, shared);

  float sum = 0;
#pragma unroll
  for (unsigned i = 0; i < held; ++i) {
    if (thread + i * threads < row.groups) sum += sum_of_exponentials<From, lanes>(words[i], largest);
    forget(words[i]);
  }
  sum = over_row<Plus, threads>(sum, shared);

  const float log2_of_sum = log2f(sum);
#pragma unroll
  for (unsigned i = 0; i < held; ++i) {
    const unsigned group = thread + i * threads;
    if (group < row.groups) row.differentiate(group, words[i], largest, log2_of_sum);
  }
  if (thread == 0) loss[at] = logf(sum) - (row.of_label - largest);
}

constexpr unsigned threads_of_wide_row = 512;

/// Rows too wide for registers: a block a row, which reads it twice, the second time from the cache. The first time
/// each thread corrects its sum whenever it meets a larger logit (Milakov and Gimelshein 2018, "Online normalizer
/// calculation for softmax"). flops: about 8 and two exponentials per logit. bytes: a logit and its gradient each.
template <class From, class To, unsigned lanes>
__global__ void __launch_bounds__(threads_of_wide_row)
    softmax_loss_of_wide_rows(std::size_t classes, const From* logits, const std::int32_t* labels, To* dlogits,
                              float* loss) {
  constexpr unsigned threads = threads_of_wide_row;
  constexpr unsigned held = 4;
  __shared__ float shared[threads / warp];
  const Row<From, To, lanes> row{blockIdx.x, classes, logits, labels, dlogits};
  WordOf<From, lanes> words[held];
  // Calls use(group, word) for every group of the calling thread, several reads ahead; before(), once they are there.
  const auto for_each_group = [&](auto before, auto use) {
    for (unsigned first = threadIdx.x; first < row.groups; first += held * threads) {
      const unsigned here = min(held, (row.groups - first + threads - 1) / threads);
#pragma unroll
      for (unsigned i = 0; i < held; ++i) {
        if (i < here) words[i] = row.logits[first + i * threads];
      }
      before(here);
#pragma unroll
      for (unsigned i = 0; i < held; ++i) {
        if (i < here) use(first + i * threads, words[i]);
      }
    }
  };

  float largest = -FLT_MAX;  // not infinite: the difference of two of them would be NaN
  float sum = 0;
  for_each_group(
      [&](unsigned here) {
        const float before = largest;
#pragma unroll
        for (unsigned i = 0; i < held; ++i) {
          if (i < here) largest = largest_of<From, lanes>(words[i], largest);
        }
        sum *= power_of_two((before - largest) * log2_of_e);
      },
      [&](unsigned, WordOf<From, lanes> word) { sum += sum_of_exponentials<From, lanes>(word, largest); });
  const float largest_of_row = over_row<Larger, threads>(largest, shared);
  sum = over_row<Plus, threads>(sum * power_of_two((largest - largest_of_row) * log2_of_e), shared);

  const float log2_of_sum = log2f(sum);
  for_each_group(
      [](unsigned) {},
      [&](unsigned group, WordOf<From, lanes> word) { row.differentiate(group, word, largest_of_row, log2_of_sum); });
  if (threadIdx.x == 0) loss[blockIdx.x] = logf(sum) - (row.of_label - largest_of_row);
}

template <class From, class To, unsigned lanes>
void softmax_loss_as(StreamRef stream, const SoftmaxCrossEntropy& a) {
  const auto* const logits = a.logits.as<From>();
  auto* const dlogits = a.dlogits.as<To>();
  const auto launch = [&]<unsigned threads, unsigned held>(std::integer_sequence<unsigned, threads, held>) {
    const std::size_t blocks = (a.rows * threads + block_of(threads) - 1) / block_of(threads);
    Launch{stream, dim3{static_cast<unsigned>(blocks)}, block_of(threads)}(softmax_loss<From, To, threads, lanes, held>,
                                                                           a.rows, a.classes, logits, a.labels.data(),
                                                                           dlogits, a.loss.data());
  };
  constexpr unsigned held = lanes == 1 ? 16 : 8;
  const std::size_t groups = a.classes / lanes;
  // The fewest threads whose registers hold a row: several rows in a multiprocessor hide each other's waits.
  if (groups <= warp * held / 2) launch(std::integer_sequence<unsigned, warp, held / 2>{});
  else if (groups <= warp * held) launch(std::integer_sequence<unsigned, warp, held>{});
  else if (groups <= std::size_t{256} * held) launch(std::integer_sequence<unsigned, 256, held>{});
  else if (groups <= std::size_t{512} * held) launch(std::integer_sequence<unsigned, 512, held>{});
  else if (groups <= std::size_t{1024} * held) launch(std::integer_sequence<unsigned, 1024, held>{});
  else {
    Launch{stream, dim3{static_cast<unsigned>(a.rows)}, threads_of_wide_row}(
        softmax_loss_of_wide_rows<From, To, lanes>, a.classes, logits, a.labels.data(), dlogits, a.loss.data());
  }
}

void softmax_cross_entropy_on_gpu(StreamRef stream, const SoftmaxCrossEntropy& a) {
  if (a.rows == 0 || a.classes == 0) return;
  dispatch_layer_type(a.logits.dtype(), [&]<class From>(std::type_identity<From>) {
    dispatch_layer_type(a.dlogits.dtype(), [&]<class To>(std::type_identity<To>) {
      constexpr unsigned lanes = std::min(lanes_of<From>, lanes_of<To>);
      const bool aligned = a.classes % lanes == 0 && In<From>{a.logits.as<From>()}.allows(lanes) &&
                           In<To>{a.dlogits.as<To>()}.allows(lanes);
      if (aligned) softmax_loss_as<From, To, lanes>(stream, a);
      else softmax_loss_as<From, To, 1>(stream, a);
    });
  });
}

const Implements cuda_softmax_cross_entropy{softmax_cross_entropy, DeviceKind::cuda, Compute::hand,
                                            softmax_cross_entropy_on_gpu};

}  // namespace
}  // namespace lanemark
