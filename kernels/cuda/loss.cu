#include "kernels/cuda/map.cuh"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

constexpr unsigned warp = 32;
constexpr unsigned whole_warp = 0xffffffffU;
constexpr unsigned held = 32;  ///< logits that a thread keeps in registers

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

/// `threads` threads a row, which read each logit once. The largest is subtracted first, so that no exponential
/// overflows. flops: about 5 and an exponential per logit. bytes: a logit and its gradient each.
template <class In_, class Out_, unsigned threads, unsigned lanes>
__global__ void __launch_bounds__(threads < threads_per_block ? threads_per_block : threads)
    softmax_loss(std::size_t rows, std::size_t classes, const In_* logits, const std::int32_t* labels, Out_* dlogits,
                 float* loss) {
  __shared__ float shared[threads / warp];
  constexpr unsigned rows_of_block = threads < threads_per_block ? threads_per_block / threads : 1;
  constexpr unsigned groups = held / lanes;
  const unsigned thread = threadIdx.x % threads;
  const std::size_t row = std::size_t{blockIdx.x} * rows_of_block + threadIdx.x / threads;
  if (row >= rows) return;  // whole warps, and whole blocks where a row takes more than a warp
  const In<In_> in{logits + row * classes};
  const Out<Out_> out{dlogits + row * classes};
  const auto label = static_cast<std::size_t>(labels[row]);

  float values[groups][lanes];
  float largest = -INFINITY;
#pragma unroll
  for (unsigned i = 0; i < groups; ++i) {
    const std::size_t group = thread + i * threads;
    if (group * lanes < classes) in.load(group, values[i]);
  }
#pragma unroll
  for (unsigned i = 0; i < groups; ++i) {
    if ((thread + i * threads) * lanes >= classes) break;
#pragma unroll
    for (unsigned j = 0; j < lanes; ++j) largest = fmaxf(largest, values[i][j]);
  }
  largest = over_row<Larger, threads>(largest, shared);

  float sum = 0;
  float of_label = 0;  // in the one thread that meets it
#pragma unroll
  for (unsigned i = 0; i < groups; ++i) {
    const std::size_t first = (thread + i * threads) * lanes;
    if (first >= classes) break;
#pragma unroll
    for (unsigned j = 0; j < lanes; ++j) {
      const float shifted = values[i][j] - largest;
      values[i][j] = expf(shifted);
      sum += values[i][j];
      if (first + j == label) of_label = shifted;
    }
  }
  sum = over_row<Plus, threads>(sum, shared);
  of_label = over_row<Plus, threads>(of_label, shared);
#pragma unroll
  for (unsigned i = 0; i < groups; ++i) {
    const std::size_t group = thread + i * threads;
    if (group * lanes >= classes) break;
#pragma unroll
    for (unsigned j = 0; j < lanes; ++j) {
      values[i][j] = values[i][j] / sum - (group * lanes + j == label ? 1.0F : 0.0F);
    }
    out.store(group, values[i]);
  }
  if (thread == 0) loss[row] = logf(sum) - of_label;
}

/// Rows too wide for registers: a block a row, which reads it three times, later ones from the cache.
template <class In_, class Out_>
__global__ void __launch_bounds__(1024)
    softmax_loss_of_wide_rows(std::size_t classes, const In_* logits, const std::int32_t* labels, Out_* dlogits,
                              float* loss) {
  constexpr unsigned threads = 1024;
  __shared__ float shared[threads / warp];
  const std::size_t row = blockIdx.x;
  const In_* const from = logits + row * classes;
  Out_* const to = dlogits + row * classes;
  const auto label = static_cast<std::size_t>(labels[row]);
  float largest = -INFINITY;
  for (std::size_t c = threadIdx.x; c < classes; c += threads) largest = fmaxf(largest, to_float(from[c]));
  largest = over_row<Larger, threads>(largest, shared);
  float sum = 0;
  for (std::size_t c = threadIdx.x; c < classes; c += threads) sum += expf(to_float(from[c]) - largest);
  sum = over_row<Plus, threads>(sum, shared);
  for (std::size_t c = threadIdx.x; c < classes; c += threads) {
    const float shifted = to_float(from[c]) - largest;
    if (c == label) loss[row] = logf(sum) - shifted;
    to[c] = from_float<Out_>(expf(shifted) / sum - (c == label ? 1.0F : 0.0F));
  }
}

template <class In_, class Out_, unsigned lanes>
void softmax_loss_as(StreamRef stream, const SoftmaxCrossEntropy& a) {
  const auto* const logits = a.logits.as<In_>();
  auto* const dlogits = a.dlogits.as<Out_>();
  const auto launch = [&]<unsigned threads>(std::integral_constant<unsigned, threads>) {
    constexpr unsigned block = threads < threads_per_block ? threads_per_block : threads;
    const std::size_t blocks = (a.rows * threads + block - 1) / block;
    Launch{stream, dim3{static_cast<unsigned>(blocks)}, block}(
        softmax_loss<In_, Out_, threads, lanes>, a.rows, a.classes, logits, a.labels.data(), dlogits, a.loss.data());
  };
  if (a.classes <= std::size_t{held} * warp) launch(std::integral_constant<unsigned, warp>{});
  else if (a.classes <= std::size_t{held} * 256) launch(std::integral_constant<unsigned, 256>{});
  else if (a.classes <= std::size_t{held} * 1024) launch(std::integral_constant<unsigned, 1024>{});
  else {
    Launch{stream, dim3{static_cast<unsigned>(a.rows)}, 1024}(softmax_loss_of_wide_rows<In_, Out_>, a.classes, logits,
                                                              a.labels.data(), dlogits, a.loss.data());
  }
}

void softmax_cross_entropy_on_gpu(StreamRef stream, const SoftmaxCrossEntropy& a) {
  if (a.rows == 0) return;
  dispatch_layer_type(a.logits.dtype(), [&]<class In_>(std::type_identity<In_>) {
    dispatch_layer_type(a.dlogits.dtype(), [&]<class Out_>(std::type_identity<Out_>) {
      constexpr unsigned lanes = lanes_of<In_> < lanes_of<Out_> ? lanes_of<In_> : lanes_of<Out_>;
      const bool aligned = a.classes % lanes == 0 && In<In_>{a.logits.as<In_>()}.allows(lanes) &&
                           In<Out_>{a.dlogits.as<Out_>()}.allows(lanes);
      if (aligned) softmax_loss_as<In_, Out_, lanes>(stream, a);
      else softmax_loss_as<In_, Out_, 1>(stream, a);
    });
  });
}

const Implements cuda_softmax_cross_entropy{softmax_cross_entropy, DeviceKind::cuda, Compute::hand,
                                            softmax_cross_entropy_on_gpu};

}  // namespace
}  // namespace lanemark
