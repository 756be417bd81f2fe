// SPDX-License-Identifier: MIT

#include <cassert>
#include <cmath>

#include "kernels/cuda/map.cuh"
#include "kernels/operations.hpp"

// Rounds after every operation, as a CPU without fused multiply-add does, so that both devices agree to the bit.

namespace lanemark {
namespace {

constexpr unsigned lanes = 4;  ///< floats in an access

struct Momentum {
  float learning_rate, factor, divisor;

  __device__ void operator()(float gradient, float& momentum, float& parameter) const {
    momentum = __fadd_rn(__fmul_rn(factor, momentum), __fdiv_rn(gradient, divisor));
    parameter = __fsub_rn(parameter, __fmul_rn(learning_rate, momentum));
  }
  __device__ void operator()(float gradient, float& momentum, float& parameter, float& rounded) const {
    (*this)(gradient, momentum, parameter);
    rounded = parameter;
  }
};

struct Adam {
  float learning_rate, beta1, beta2, epsilon, decay, divisor;
  float mean_correction, square_correction;  ///< 1 - beta^step

  __device__ void operator()(float gradient, float& mean, float& square, float& parameter) const {
    const float g = __fdiv_rn(gradient, divisor);
    const float kept = __fsub_rn(parameter, __fmul_rn(decay, parameter));
    mean = __fadd_rn(__fmul_rn(beta1, mean), __fmul_rn(__fsub_rn(1, beta1), g));
    square = __fadd_rn(__fmul_rn(beta2, square), __fmul_rn(__fsub_rn(1, beta2), __fmul_rn(g, g)));
    const float size = __fadd_rn(__fsqrt_rn(__fdiv_rn(square, square_correction)), epsilon);
    parameter = __fsub_rn(kept, __fmul_rn(learning_rate, __fdiv_rn(__fdiv_rn(mean, mean_correction), size)));
  }
  __device__ void operator()(float gradient, float& mean, float& square, float& parameter, float& rounded) const {
    (*this)(gradient, mean, square, parameter);
    rounded = parameter;
  }
};

/// flops: 5 · count. bytes: 20 · count, and 2 · count where rounded.
void momentum_sgd_on_gpu(StreamRef stream, const MomentumSgd& a) {
  assert(a.gradient.size() == a.parameter.size());
  assert(a.momentum.size() == a.parameter.size());
  assert(a.rounded.empty() || a.rounded.size() == a.parameter.size());
  const Momentum step{a.learning_rate, a.momentum_factor, a.gradient_divisor};
  const auto update = [&](const auto&... rounded) {
    map<lanes>(stream, a.parameter.size(), step, In<float>{a.gradient.data()}, InOut<float>{a.momentum.data()},
               InOut<float>{a.parameter.data()}, rounded...);
  };
  if (a.rounded.empty()) update();
  else update(Out<BFloat16>{a.rounded.data()});
}

/// flops: about 15 · count. bytes: 28 · count, and 2 · count where rounded.
void adamw_on_gpu(StreamRef stream, const AdamW& a) {
  assert(a.gradient.size() == a.parameter.size());
  assert(a.mean.size() == a.parameter.size() && a.square.size() == a.parameter.size());
  assert(a.rounded.empty() || a.rounded.size() == a.parameter.size());
  const Adam step{a.learning_rate,
                  a.beta1,
                  a.beta2,
                  a.epsilon,
                  a.learning_rate * a.weight_decay,
                  a.gradient_divisor,
                  static_cast<float>(1 - std::pow(static_cast<double>(a.beta1), a.step)),
                  static_cast<float>(1 - std::pow(static_cast<double>(a.beta2), a.step))};
  const auto update = [&](const auto&... rounded) {
    map<lanes>(stream, a.parameter.size(), step, In<float>{a.gradient.data()}, InOut<float>{a.mean.data()},
               InOut<float>{a.square.data()}, InOut<float>{a.parameter.data()}, rounded...);
  };
  if (a.rounded.empty()) update();
  else update(Out<BFloat16>{a.rounded.data()});
}

const Implements cuda_momentum_sgd{momentum_sgd, DeviceKind::cuda, Compute::hand, momentum_sgd_on_gpu};
const Implements cuda_adamw{adamw, DeviceKind::cuda, Compute::hand, adamw_on_gpu};

}  // namespace
}  // namespace lanemark
