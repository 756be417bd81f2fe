// SPDX-License-Identifier: MIT

// The host and the GPU on identical inputs, at the size of a small training step.

#include "kernels/operations.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

/// One device's outputs of everything that rounds, for inputs that depend on the seed alone.
class Outputs {
 public:
  Outputs(Device device, std::uint64_t seed, const Arithmetic& arithmetic)
      : stream_{device}, seed_{seed}, arithmetic_{arithmetic} {
    linear();
    for (const ConvolutionShape shape :
         {ConvolutionShape{4, 12, 10, 16, 24}, ConvolutionShape{3, 9, 11, 16, 24, 3, 2},
          ConvolutionShape{4, 12, 10, 16, 24, 1, 1}, ConvolutionShape{3, 9, 11, 16, 24, 1, 2}}) {
      convolution(shape);
    }
    if (arithmetic.dtype == DType::float32 && !arithmetic.tf32) loss_and_update();
  }

  [[nodiscard]] const std::vector<std::vector<float>>& all() const { return all_; }

 private:
  /// The same numbers on every device, of both signs, so that it also serves as the output of a ReLU.
  TypedBuffer input(std::size_t size) {
    const DeviceBuffer<float> wide = floats(size);
    TypedBuffer values = output(size);
    convert(stream_.ref(), {.from = wide, .to = values.span()});
    stream_.ref().synchronize();  // before the floats go
    return values;
  }
  [[nodiscard]] TypedBuffer output(std::size_t size) const { return {stream_, arithmetic_.dtype, size}; }

  DeviceBuffer<float> floats(std::size_t size) {
    DeviceBuffer<float> values{stream_.ref().device(), size};
    fill_uniform(stream_.ref(), {values, seed_++, -1, 1});
    return values;
  }
  [[nodiscard]] DeviceBuffer<float> float_output(std::size_t size) const {
    DeviceBuffer<float> values{stream_.ref().device(), size};
    stream_.ref().fill(values.data(), std::byte{0xff}, values.span().bytes());
    return values;
  }

  void keep(const TypedBuffer& values) { all_.push_back(values.get()); }
  void keep(const DeviceBuffer<float>& values) { all_.push_back(download(stream_, values.span())); }

  void linear() {
    const LinearShape shape{96, 300, 130};
    const auto x = input(shape.rows * shape.inputs);
    const auto weight = input(shape.outputs * shape.inputs);
    const auto bias = floats(shape.outputs);
    const auto dy = input(shape.rows * shape.outputs);
    const auto y = output(shape.rows * shape.outputs);
    linear_forward(stream_.ref(), {shape, x, weight, bias, y, true, arithmetic_.tf32});
    keep(y);
    const auto dx = output(shape.rows * shape.inputs);
    linear_backward_data(stream_.ref(), {shape, dy, weight, dx, x, arithmetic_.tf32});
    keep(dx);
    const auto dweight = float_output(shape.outputs * shape.inputs);
    const auto dbias = float_output(shape.outputs);
    linear_backward_weight(stream_.ref(), {shape, dy, x, dweight, dbias, arithmetic_.tf32});
    keep(dweight);
    keep(dbias);
  }

  void convolution(const ConvolutionShape& shape) {
    const auto x = input(shape.input_pixels() * shape.inputs);
    const auto weight = input(shape.outputs * shape.taps() * shape.inputs);
    const auto bias = floats(shape.outputs);
    const auto dy = input(shape.output_pixels() * shape.outputs);
    const auto y = output(shape.output_pixels() * shape.outputs);
    convolution_forward(stream_.ref(), {shape, x, weight, bias, y, true, arithmetic_.tf32});
    keep(y);
    const auto dx = output(shape.input_pixels() * shape.inputs);
    convolution_backward_data(stream_.ref(), {shape, dy, weight, dx, x, arithmetic_.tf32});
    keep(dx);
    const auto dweight = float_output(shape.outputs * shape.taps() * shape.inputs);
    const auto dbias = float_output(shape.outputs);
    convolution_backward_weight(stream_.ref(), {shape, dy, x, dweight, dbias, arithmetic_.tf32});
    keep(dweight);
    keep(dbias);
  }

  void loss_and_update() {
    constexpr std::size_t rows = 96;
    constexpr std::int32_t classes = 130;
    const auto logits = floats(rows * classes);
    const DeviceBuffer<std::int32_t> labels{stream_.ref().device(), rows};
    fill_labels(stream_.ref(), {labels, seed_++, classes});
    const auto dlogits = float_output(logits.size());
    const auto loss = float_output(rows);
    softmax_cross_entropy(stream_.ref(), {rows, classes, logits, labels, dlogits, loss});
    keep(dlogits);
    keep(loss);
    const auto momentum = floats(logits.size());
    const auto parameter = floats(logits.size());
    momentum_sgd(stream_.ref(), {dlogits, momentum, parameter, 0.1F, 0.9F, rows});
    keep(parameter);
  }

  Stream stream_;
  std::uint64_t seed_;
  Arithmetic arithmetic_;
  std::vector<std::vector<float>> all_;
};

TEST(DevicesAgree, OnIdenticalInputs) {
  if (device_count(DeviceKind::cuda) == 0) GTEST_SKIP() << "no GPU: skipped";
  const std::uint64_t inputs = Random{}.bits();
  for (const Arithmetic& arithmetic : all_arithmetic) {
    const Outputs host{{DeviceKind::host, 0}, inputs, arithmetic};
    const Outputs cuda{{DeviceKind::cuda, 0}, inputs, arithmetic};
    ASSERT_EQ(host.all().size(), cuda.all().size());
    for (std::size_t i = 0; i < host.all().size(); ++i) {
      EXPECT_LE(relative_error(cuda.all()[i], doubles(host.all()[i])), arithmetic.tolerance)
          << arithmetic << ", output " << i;
    }
  }
}

// The same program twice gives the same bits: losses and checks can be compared between runs.
TEST(DevicesAgree, HostWithItself) {
  const std::uint64_t inputs = Random{}.bits();
  for (const Arithmetic& arithmetic : all_arithmetic) {
    const Outputs first{Device{}, inputs, arithmetic};
    EXPECT_EQ(first.all(), Outputs(Device{}, inputs, arithmetic).all()) << arithmetic;
    for (const std::vector<float>& output : first.all()) {
      for (const float value : output) ASSERT_FALSE(std::isnan(value)) << arithmetic;
    }
  }
}

}  // namespace
}  // namespace lanemark::test
