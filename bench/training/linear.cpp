// SPDX-License-Identifier: MIT

#include "bench/training/network.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

class Linear final : public Layer {
 public:
  Linear(std::size_t inputs, std::size_t outputs, bool relu) : inputs_{inputs}, outputs_{outputs}, relu_{relu} {}

  [[nodiscard]] std::size_t input_size() const override { return inputs_; }
  [[nodiscard]] std::size_t output_size() const override { return outputs_; }
  [[nodiscard]] std::size_t weight_count() const override { return inputs_ * outputs_; }
  [[nodiscard]] std::size_t bias_count() const override { return outputs_; }
  [[nodiscard]] std::size_t fan_in() const override { return inputs_; }
  [[nodiscard]] bool has_relu() const override { return relu_; }
  [[nodiscard]] bool has_library(DeviceKind kind) const override {
    return linear_forward.has(kind, Compute::library) && linear_backward_data.has(kind, Compute::library) &&
           linear_backward_weight.has(kind, Compute::library);
  }
  [[nodiscard]] Flops forward_flops() const override { return {2.0 * static_cast<double>(weight_count())}; }

  void forward(const Executor& on, const Activations& at, const Parameters& parameters) const override {
    linear_forward(on, {.shape = shape(at),
                        .x = at.x,
                        .weight = parameters.weight,
                        .bias = parameters.bias,
                        .y = at.y,
                        .relu = relu_,
                        .tf32 = at.tf32});
  }

  void backward_parameters(const Executor& on, const Activations& at, const ConstArray& dy,
                           const Gradients& gradients) const override {
    linear_backward_weight(on, {.shape = shape(at),
                                .dy = dy,
                                .x = at.x,
                                .dweight = gradients.weight,
                                .dbias = gradients.bias,
                                .tf32 = at.tf32});
  }

  void backward_data(const Executor& on, const Activations& at, const Parameters& parameters, const ConstArray& dy,
                     const Array& dx) const override {
    linear_backward_data(on, {.shape = shape(at),
                              .dy = dy,
                              .weight = parameters.weight,
                              .dx = dx,
                              .relu_output = at.x_is_from_relu ? at.x : ConstArray{},
                              .tf32 = at.tf32});
  }

 private:
  [[nodiscard]] LinearShape shape(const Activations& at) const {
    return {.rows = at.samples, .inputs = inputs_, .outputs = outputs_};
  }

  std::size_t inputs_;
  std::size_t outputs_;
  bool relu_;
};

}  // namespace

std::unique_ptr<Layer> make_linear(std::size_t inputs, std::size_t outputs, bool relu) {
  return std::make_unique<Linear>(inputs, outputs, relu);
}

}  // namespace lanemark
