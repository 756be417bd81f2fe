// SPDX-License-Identifier: MIT

// The backward operations against finite differences of the forward definitions, which share nothing with them: for
// a loss L = sum of cotangent · y, the gradient of L by an input is what a layer's backward pass gives for dy =
// cotangent.

#include <algorithm>
#include <functional>
#include <utility>

#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"
#include "tests/kernels/reference.hpp"

namespace lanemark::test {
namespace {

constexpr double difference_step = 1e-4;
/// Outputs stay this far from the kinks of a ReLU or a maximum, so that no step crosses one.
constexpr double kink_margin = 1e-3;

double dot(const Doubles& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// dL/dx by central differences, one element after the other.
Doubles numerical_gradient(const Doubles& x, const std::function<double(const Doubles&)>& loss) {
  Doubles gradient(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    Doubles moved = x;
    moved[i] = x[i] + difference_step;
    const double above = loss(moved);
    moved[i] = x[i] - difference_step;
    gradient[i] = (above - loss(moved)) / (2 * difference_step);
  }
  return gradient;
}

bool near_a_kink(const Doubles& values) {
  for (const double value : values) {
    if (std::abs(value) < kink_margin) return true;
  }
  return false;
}

struct LayerData {
  std::vector<float> x, weight, bias, cotangent;
};

/// A layer whose input is the output of a ReLU.
struct ReluBefore {
  std::vector<float> input;  ///< the ReLU's
  std::vector<float> relu_output, weight, cotangent;
};

class GradientTest : public OnDevice {
 protected:
  using Forward = std::function<Doubles(const Doubles& x, const Doubles& weight, const Doubles& bias)>;

  LayerData draw(const Forward& forward, std::size_t x, std::size_t weight, std::size_t bias, std::size_t y) {
    while (true) {
      LayerData data{random.floats(x), random.floats(weight), random.floats(bias), random.floats(y)};
      if (!near_a_kink(forward(doubles(data.x), doubles(data.weight), doubles(data.bias)))) return data;
    }
  }

  ReluBefore draw_relu_before(std::size_t x, std::size_t weight, std::size_t y) {
    ReluBefore data{random.floats(x), {}, random.floats(weight), random.floats(y)};
    while (near_a_kink(doubles(data.input))) data.input = random.floats(x);
    for (const float value : data.input) data.relu_output.push_back(std::max(0.0F, value));
    return data;
  }

  /// The layer's three gradients, as the device found them, against differences of its forward definition.
  static void expect_gradients(const LayerData& data, const Forward& forward, bool with_relu,
                               const std::vector<float>& dx, const std::vector<float>& dweight,
                               const std::vector<float>& dbias) {
    const auto loss = [&](const Doubles& x, const Doubles& weight, const Doubles& bias) {
      const Doubles y = forward(x, weight, bias);
      return dot(with_relu ? relu(y) : y, data.cotangent);
    };
    const Doubles x = doubles(data.x);
    const Doubles weight = doubles(data.weight);
    const Doubles bias = doubles(data.bias);
    const auto by_x = numerical_gradient(x, [&](const Doubles& moved) { return loss(moved, weight, bias); });
    const auto by_weight = numerical_gradient(weight, [&](const Doubles& moved) { return loss(x, moved, bias); });
    const auto by_bias = numerical_gradient(bias, [&](const Doubles& moved) { return loss(x, weight, moved); });
    EXPECT_LE(relative_error(dx, by_x), single_precision);
    EXPECT_LE(relative_error(dweight, by_weight), single_precision);
    EXPECT_LE(relative_error(dbias, by_bias), single_precision);
  }

  void expect_convolution_gradients(const ConvolutionShape& shape) {
    const Forward definition = [&](const Doubles& x, const Doubles& w, const Doubles& b) {
      return convolve(shape, x, w, b);
    };
    for (const Compute compute : computes(convolution_forward)) {
      for (const bool with_relu : {false, true}) {
        SCOPED_TRACE(::testing::Message() << name(compute) << (with_relu ? " with ReLU" : ""));
        const Executor on{stream(), compute};
        const LayerData data =
            draw(definition, shape.input_pixels() * shape.inputs, shape.outputs * shape.taps() * shape.inputs,
                 shape.outputs, shape.output_pixels() * shape.outputs);
        const auto x = put(data.x);
        const auto weight = put(data.weight);
        const auto bias = put(data.bias);
        const auto y = poisoned(data.cotangent.size());
        convolution_forward(on, {shape, x, weight, bias, y, with_relu});
        const auto dy = put(data.cotangent);
        if (with_relu) relu_backward(on, {y, dy});
        const auto dx = poisoned(data.x.size());
        convolution_backward_data(on, {shape, dy, weight, dx});
        const auto dweight = poisoned(data.weight.size());
        const auto dbias = poisoned(data.bias.size());
        convolution_backward_weight(on, {shape, dy, x, dweight, dbias});
        expect_gradients(data, definition, with_relu, get(dx), get(dweight), get(dbias));
      }
    }
  }
};

TEST_P(GradientTest, Linear) {
  const LinearShape shape{6, 7, 9};
  const Forward definition = [&](const Doubles& x, const Doubles& w, const Doubles& b) {
    return linear(shape, x, w, b);
  };
  for (const Compute compute : computes(linear_forward)) {
    for (const bool with_relu : {false, true}) {
      SCOPED_TRACE(::testing::Message() << name(compute) << (with_relu ? " with ReLU" : ""));
      const Executor on{stream(), compute};
      const LayerData data = draw(definition, shape.rows * shape.inputs, shape.outputs * shape.inputs, shape.outputs,
                                  shape.rows * shape.outputs);
      const auto x = put(data.x);
      const auto weight = put(data.weight);
      const auto bias = put(data.bias);
      const auto y = poisoned(data.cotangent.size());
      linear_forward(on, {shape, x, weight, bias, y, with_relu});
      const auto dy = put(data.cotangent);
      if (with_relu) relu_backward(on, {y, dy});
      const auto dx = poisoned(data.x.size());
      linear_backward_data(on, {shape, dy, weight, dx});
      const auto dweight = poisoned(data.weight.size());
      const auto dbias = poisoned(data.bias.size());
      linear_backward_weight(on, {shape, dy, x, dweight, dbias});
      expect_gradients(data, definition, with_relu, get(dx), get(dweight), get(dbias));
    }
  }
}

TEST_P(GradientTest, Convolution) {
  for (const ConvolutionShape shape : {ConvolutionShape{2, 4, 3, 2, 5}, ConvolutionShape{1, 5, 4, 3, 4, 3, 2},
                                       ConvolutionShape{1, 5, 4, 3, 4, 1, 2}, ConvolutionShape{2, 4, 3, 2, 5, 1, 1}}) {
    SCOPED_TRACE(::testing::Message() << "filter " << shape.filter << ", stride " << shape.stride);
    expect_convolution_gradients(shape);
  }
}

/// Where the layer before ends in a ReLU, the mask gives the gradient of what that ReLU was given.
TEST_P(GradientTest, ReluBeforeLinear) {
  const LinearShape shape{6, 7, 9};
  for (const Compute compute : computes(linear_backward_data)) {
    SCOPED_TRACE(name(compute));
    const ReluBefore data =
        draw_relu_before(shape.rows * shape.inputs, shape.outputs * shape.inputs, shape.rows * shape.outputs);
    const auto dy = put(data.cotangent);
    const auto weight = put(data.weight);
    const auto relu_output = put(data.relu_output);
    const auto dx = poisoned(data.input.size());
    linear_backward_data({stream(), compute}, {shape, dy, weight, dx, relu_output});
    const Doubles no_bias(shape.outputs);
    const auto expected = numerical_gradient(doubles(data.input), [&](const Doubles& moved) {
      return dot(linear(shape, relu(moved), doubles(data.weight), no_bias), data.cotangent);
    });
    EXPECT_LE(relative_error(get(dx), expected), single_precision);
  }
}

TEST_P(GradientTest, ReluBeforeConvolution) {
  for (const ConvolutionShape shape : {ConvolutionShape{2, 4, 3, 2, 5}, ConvolutionShape{1, 5, 4, 3, 4, 3, 2},
                                       ConvolutionShape{1, 5, 4, 3, 4, 1, 2}, ConvolutionShape{2, 4, 3, 2, 5, 1, 1}}) {
    for (const Compute compute : computes(convolution_backward_data)) {
      SCOPED_TRACE(::testing::Message() << name(compute) << ", filter " << shape.filter << ", stride " << shape.stride);
      const ReluBefore data =
          draw_relu_before(shape.input_pixels() * shape.inputs, shape.outputs * shape.taps() * shape.inputs,
                           shape.output_pixels() * shape.outputs);
      const auto dy = put(data.cotangent);
      const auto weight = put(data.weight);
      const auto relu_output = put(data.relu_output);
      const auto dx = poisoned(data.input.size());
      convolution_backward_data({stream(), compute}, {shape, dy, weight, dx, relu_output});
      const Doubles no_bias(shape.outputs);
      const auto expected = numerical_gradient(doubles(data.input), [&](const Doubles& moved) {
        return dot(convolve(shape, relu(moved), doubles(data.weight), no_bias), data.cotangent);
      });
      EXPECT_LE(relative_error(get(dx), expected), single_precision);
    }
  }
}

TEST_P(GradientTest, MaxPool) {
  const PoolShape shape{2, 4, 6, 3};
  // Distinct values, 0.01 apart, in random order: no step changes which is the largest of a window.
  std::vector<float> input(shape.images * shape.height * shape.width * shape.channels);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = 0.01F * static_cast<float>(i);
    std::swap(input[i], input[random.below(i + 1)]);
  }
  const std::vector<float> cotangent = random.floats(input.size() / 4);
  const auto x = put(input);
  const auto y = poisoned(cotangent.size());
  max_pool_forward(stream(), {shape, x, y});
  const auto dy = put(cotangent);
  const auto dx = poisoned(input.size());
  max_pool_backward(stream(), {shape, x, dy, dx});
  const auto expected =
      numerical_gradient(doubles(input), [&](const Doubles& moved) { return dot(max_pool(shape, moved), cotangent); });
  EXPECT_LE(relative_error(get(dx), expected), single_precision);
}

TEST_P(GradientTest, SoftmaxCrossEntropy) {
  const std::size_t rows = 5;
  const std::size_t classes = 7;
  const std::vector<float> inputs = random.floats(rows * classes, -2, 2);
  const std::vector<std::int32_t> targets = random.labels(rows, classes);
  const auto logits = put(inputs);
  const auto labels = put(targets);
  const auto dlogits = poisoned(inputs.size());
  const auto loss = poisoned(rows);
  softmax_cross_entropy(stream(), {rows, classes, logits, labels, dlogits, loss});
  const auto expected = numerical_gradient(doubles(inputs), [&](const Doubles& moved) {
    double sum = 0;
    for (const double sample : cross_entropy(rows, classes, moved, targets)) sum += sample;
    return sum;
  });
  EXPECT_LE(relative_error(get(dlogits), expected), single_precision);
}

INSTANTIATE_TEST_SUITE_P(Devices, GradientTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
