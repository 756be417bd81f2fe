#include <cassert>

#include "kernels/operations.hpp"

namespace lanemark {
namespace {

void backward_of_relu(StreamRef stream, const ReluBackward& arguments) {
  assert(arguments.y.size() == arguments.dy.size());
  stream.run([a = arguments] {
    const float* const y = a.y.data();
    float* const dy = a.dy.data();
    for (std::size_t i = 0; i < a.dy.size(); ++i) dy[i] = y[i] > 0 ? dy[i] : 0;
  });
}

void update(StreamRef stream, const MomentumSgd& arguments) {
  assert(arguments.gradient.size() == arguments.parameter.size());
  assert(arguments.momentum.size() == arguments.parameter.size());
  stream.run([a = arguments] {
    const float* const gradient = a.gradient.data();
    float* const momentum = a.momentum.data();
    float* const parameter = a.parameter.data();
    for (std::size_t i = 0; i < a.parameter.size(); ++i) {
      momentum[i] = a.momentum_factor * momentum[i] + gradient[i] / a.gradient_divisor;
      parameter[i] -= a.learning_rate * momentum[i];
    }
  });
}

const Implements host_relu_backward{relu_backward, DeviceKind::host, Compute::hand, backward_of_relu};
const Implements host_momentum_sgd{momentum_sgd, DeviceKind::host, Compute::hand, update};

}  // namespace
}  // namespace lanemark
