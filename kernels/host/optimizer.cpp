// SPDX-License-Identifier: MIT

#include <cassert>
#include <cmath>

#include "kernels/operations.hpp"

namespace lanemark {
namespace {

void round_parameters(DeviceSpan<float> parameter, DeviceSpan<BFloat16> rounded) {
  for (std::size_t i = 0; i < rounded.size(); ++i) rounded.data()[i] = BFloat16{parameter.data()[i]};
}

void update_by_momentum(StreamRef stream, const MomentumSgd& arguments) {
  assert(arguments.gradient.size() == arguments.parameter.size());
  assert(arguments.momentum.size() == arguments.parameter.size());
  assert(arguments.rounded.empty() || arguments.rounded.size() == arguments.parameter.size());
  stream.run([a = arguments] {
    const float* const gradient = a.gradient.data();
    float* const momentum = a.momentum.data();
    float* const parameter = a.parameter.data();
    for (std::size_t i = 0; i < a.parameter.size(); ++i) {
      momentum[i] = a.momentum_factor * momentum[i] + gradient[i] / a.gradient_divisor;
      parameter[i] -= a.learning_rate * momentum[i];
    }
    round_parameters(a.parameter, a.rounded);
  });
}

void update_by_adamw(StreamRef stream, const AdamW& arguments) {
  assert(arguments.gradient.size() == arguments.parameter.size());
  assert(arguments.mean.size() == arguments.parameter.size() && arguments.square.size() == arguments.parameter.size());
  assert(arguments.rounded.empty() || arguments.rounded.size() == arguments.parameter.size());
  stream.run([a = arguments] {
    const auto mean_correction = static_cast<float>(1 - std::pow(static_cast<double>(a.beta1), a.step));
    const auto square_correction = static_cast<float>(1 - std::pow(static_cast<double>(a.beta2), a.step));
    const float decay = a.learning_rate * a.weight_decay;
    for (std::size_t i = 0; i < a.parameter.size(); ++i) {
      const float gradient = a.gradient.data()[i] / a.gradient_divisor;
      float& mean = a.mean.data()[i];
      float& square = a.square.data()[i];
      float& parameter = a.parameter.data()[i];
      const float kept = parameter - decay * parameter;
      mean = a.beta1 * mean + (1 - a.beta1) * gradient;
      square = a.beta2 * square + (1 - a.beta2) * (gradient * gradient);
      parameter =
          kept - a.learning_rate * (mean / mean_correction / (std::sqrt(square / square_correction) + a.epsilon));
    }
    round_parameters(a.parameter, a.rounded);
  });
}

const Implements host_momentum_sgd{momentum_sgd, DeviceKind::host, Compute::hand, update_by_momentum};
const Implements host_adamw{adamw, DeviceKind::host, Compute::hand, update_by_adamw};

}  // namespace
}  // namespace lanemark
