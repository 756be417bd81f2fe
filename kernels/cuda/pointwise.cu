#include <cassert>
#include <cstdint>

#include "kernels/cuda/launch.cuh"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// Calls f(i) for i in [0, count), four neighbours at a time with f4(i / 4) as far as whole groups go and `vectors`.
template <class F, class F4>
__device__ void for_each_element(std::size_t count, bool vectors, F f, F4 f4) {
  const std::size_t groups = vectors ? count / 4 : 0;
  for (std::size_t i = first_item(); i < groups; i += item_step()) f4(i);
  for (std::size_t i = groups * 4 + first_item(); i < count; i += item_step()) f(i);
}

template <class... T>
bool all_on_16_bytes(const T*... pointers) {
  return ((reinterpret_cast<std::uintptr_t>(pointers) % 16 == 0) && ...);
}

__device__ float relu_gradient(float y, float dy) { return y > 0 ? dy : 0; }

/// flops: none. bytes: 12 · count.
__global__ void __launch_bounds__(threads_per_block)
    backward_of_relu(std::size_t count, bool vectors, const float* y, float* dy) {
  for_each_element(
      count, vectors, [=](std::size_t i) { dy[i] = relu_gradient(y[i], dy[i]); },
      [=](std::size_t i) {
        const float4 output = reinterpret_cast<const float4*>(y)[i];
        float4& gradient = reinterpret_cast<float4*>(dy)[i];
        const float4 old = gradient;
        gradient = make_float4(relu_gradient(output.x, old.x), relu_gradient(output.y, old.y),
                               relu_gradient(output.z, old.z), relu_gradient(output.w, old.w));
      });
}

struct Momentum {
  float learning_rate, factor, divisor;

  /// Rounds after every operation, as a CPU without fused multiply-add does.
  __device__ void operator()(float gradient, float& momentum, float& parameter) const {
    momentum = __fadd_rn(__fmul_rn(factor, momentum), __fdiv_rn(gradient, divisor));
    parameter = __fsub_rn(parameter, __fmul_rn(learning_rate, momentum));
  }
};

/// flops: 5 · count. bytes: 20 · count.
__global__ void __launch_bounds__(threads_per_block)
    update(std::size_t count, bool vectors, Momentum step, const float* gradient, float* momentum, float* parameter) {
  for_each_element(
      count, vectors, [=](std::size_t i) { step(gradient[i], momentum[i], parameter[i]); },
      [=](std::size_t i) {
        const float4 g = reinterpret_cast<const float4*>(gradient)[i];
        float4 m = reinterpret_cast<float4*>(momentum)[i];
        float4 p = reinterpret_cast<float4*>(parameter)[i];
        step(g.x, m.x, p.x);
        step(g.y, m.y, p.y);
        step(g.z, m.z, p.z);
        step(g.w, m.w, p.w);
        reinterpret_cast<float4*>(momentum)[i] = m;
        reinterpret_cast<float4*>(parameter)[i] = p;
      });
}

void relu_backward_on_gpu(StreamRef stream, const ReluBackward& a) {
  assert(a.y.size() == a.dy.size());
  const std::size_t count = a.dy.size();
  if (count == 0) return;
  Launch{stream, blocks_for(count, threads_per_block * 4)}(
      backward_of_relu, count, all_on_16_bytes(a.y.data(), a.dy.data()), a.y.data(), a.dy.data());
}

void momentum_sgd_on_gpu(StreamRef stream, const MomentumSgd& a) {
  assert(a.gradient.size() == a.parameter.size());
  assert(a.momentum.size() == a.parameter.size());
  const std::size_t count = a.parameter.size();
  if (count == 0) return;
  const Momentum step{a.learning_rate, a.momentum_factor, a.gradient_divisor};
  const bool vectors = all_on_16_bytes(a.gradient.data(), a.momentum.data(), a.parameter.data());
  Launch{stream, blocks_for(count, threads_per_block * 4)}(update, count, vectors, step, a.gradient.data(),
                                                           a.momentum.data(), a.parameter.data());
}

const Implements cuda_relu_backward{relu_backward, DeviceKind::cuda, Compute::hand, relu_backward_on_gpu};
const Implements cuda_momentum_sgd{momentum_sgd, DeviceKind::cuda, Compute::hand, momentum_sgd_on_gpu};

}  // namespace
}  // namespace lanemark
