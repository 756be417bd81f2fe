// SPDX-License-Identifier: MIT

#include "bench/training/network.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

class MaxPool final : public Layer {
 public:
  MaxPool(std::size_t edge, std::size_t channels) : edge_{edge}, channels_{channels} {}

  [[nodiscard]] std::size_t input_size() const override { return edge_ * edge_ * channels_; }
  [[nodiscard]] std::size_t output_size() const override { return input_size() / 4; }

  void forward(const Executor& on, const Activations& at, const Parameters& /*parameters*/) const override {
    max_pool_forward(on, {.shape = shape(at), .x = at.x, .y = at.y});
  }

  void backward_parameters(const Executor& /*on*/, const Activations& /*at*/, const ConstArray& /*dy*/,
                           const Gradients& /*gradients*/) const override {}

  void backward_data(const Executor& on, const Activations& at, const Parameters& /*parameters*/, const ConstArray& dy,
                     const Array& dx) const override {
    max_pool_backward(on, {.shape = shape(at), .x = at.x, .dy = dy, .dx = dx, .relu = at.x_is_from_relu});
  }

 private:
  [[nodiscard]] PoolShape shape(const Activations& at) const {
    return {.images = at.samples, .height = edge_, .width = edge_, .channels = channels_};
  }

  std::size_t edge_;
  std::size_t channels_;
};

}  // namespace

std::unique_ptr<Layer> make_max_pool(std::size_t edge, std::size_t channels) {
  return std::make_unique<MaxPool>(edge, channels);
}

}  // namespace lanemark
