// SPDX-License-Identifier: MIT

#include "bench/training/network.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

constexpr std::size_t taps = 9;

class Convolution final : public Layer {
 public:
  Convolution(std::size_t edge, std::size_t inputs, std::size_t outputs, bool relu)
      : edge_{edge}, inputs_{inputs}, outputs_{outputs}, relu_{relu} {}

  [[nodiscard]] std::size_t input_size() const override { return edge_ * edge_ * inputs_; }
  [[nodiscard]] std::size_t output_size() const override { return edge_ * edge_ * outputs_; }
  [[nodiscard]] std::size_t weight_count() const override { return outputs_ * taps * inputs_; }
  [[nodiscard]] std::size_t bias_count() const override { return outputs_; }
  [[nodiscard]] std::size_t fan_in() const override { return taps * inputs_; }
  [[nodiscard]] bool has_relu() const override { return relu_; }
  [[nodiscard]] bool has_library(DeviceKind kind) const override {
    return convolution_forward.has(kind, Compute::library) && convolution_backward_data.has(kind, Compute::library) &&
           convolution_backward_weight.has(kind, Compute::library);
  }
  [[nodiscard]] Flops forward_flops() const override {
    return {2.0 * static_cast<double>(edge_ * edge_ * weight_count())};
  }

  void forward(const Executor& on, const Activations& at, const Parameters& parameters) const override {
    convolution_forward(on, {.shape = shape(at),
                             .x = at.x,
                             .weight = parameters.weight,
                             .bias = parameters.bias,
                             .y = at.y,
                             .relu = relu_,
                             .tf32 = at.tf32});
  }

  void backward_parameters(const Executor& on, const Activations& at, const ConstArray& dy,
                           const Gradients& gradients) const override {
    convolution_backward_weight(on, {.shape = shape(at),
                                     .dy = dy,
                                     .x = at.x,
                                     .dweight = gradients.weight,
                                     .dbias = gradients.bias,
                                     .tf32 = at.tf32});
  }

  void backward_data(const Executor& on, const Activations& at, const Parameters& parameters, const ConstArray& dy,
                     const Array& dx) const override {
    convolution_backward_data(on, {.shape = shape(at),
                                   .dy = dy,
                                   .weight = parameters.weight,
                                   .dx = dx,
                                   .relu_output = at.x_is_from_relu ? at.x : ConstArray{},
                                   .tf32 = at.tf32});
  }

 private:
  [[nodiscard]] ConvolutionShape shape(const Activations& at) const {
    return {.images = at.samples, .height = edge_, .width = edge_, .inputs = inputs_, .outputs = outputs_};
  }

  std::size_t edge_;
  std::size_t inputs_;
  std::size_t outputs_;
  bool relu_;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(std::size_t edge, std::size_t inputs, std::size_t outputs, bool relu) {
  return std::make_unique<Convolution>(edge, inputs, outputs, relu);
}

}  // namespace lanemark
