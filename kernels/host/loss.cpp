// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/host/floats.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// One sample. The largest logit is subtracted first, so that no exponential overflows.
float cross_entropy(const float* logits, std::size_t classes, std::size_t label, float* gradient) {
  const float largest = *std::max_element(logits, logits + classes);
  float sum = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    gradient[c] = std::exp(logits[c] - largest);
    sum += gradient[c];
  }
  for (std::size_t c = 0; c < classes; ++c) gradient[c] /= sum;
  gradient[label] -= 1;
  return std::log(sum) - (logits[label] - largest);
}

void softmax_loss(StreamRef stream, const SoftmaxCrossEntropy& arguments) {
  stream.run([a = arguments] {
    const FloatsOf logits{a.logits};
    const FloatsTo dlogits{a.dlogits};
    for (std::size_t row = 0; row < a.rows; ++row) {
      const auto label = static_cast<std::size_t>(a.labels.data()[row]);
      a.loss.data()[row] =
          cross_entropy(logits.data() + row * a.classes, a.classes, label, dlogits.data() + row * a.classes);
    }
    dlogits.store();
  });
}

const Implements host_softmax_cross_entropy{softmax_cross_entropy, DeviceKind::host, Compute::hand, softmax_loss};

}  // namespace
}  // namespace lanemark
