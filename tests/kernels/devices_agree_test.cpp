// The host and the GPU on identical inputs, at the size of a small training step.

#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

/// One device's outputs of everything that rounds, for inputs that depend on the seed alone.
std::vector<std::vector<float>> outputs(Device device, std::uint64_t seed) {
  const Stream stream{device};
  auto input = [&, next = seed](std::size_t size) mutable {
    DeviceBuffer<float> values{device, size};
    fill_uniform(stream.ref(), {values, next++, -1, 1});
    return values;
  };
  const auto output = [&](std::size_t size) { return DeviceBuffer<float>{device, size}; };
  std::vector<std::vector<float>> all;
  const auto keep = [&](const DeviceBuffer<float>& values) { all.push_back(download(stream, values.span())); };

  const LinearShape linear{96, 300, 130};
  const auto x = input(linear.rows * linear.inputs);
  const auto weight = input(linear.outputs * linear.inputs);
  const auto bias = input(linear.outputs);
  const auto dy = input(linear.rows * linear.outputs);
  const auto y = output(linear.rows * linear.outputs);
  linear_forward(stream.ref(), {linear, x, weight, bias, y, true});
  keep(y);
  const auto dx = output(linear.rows * linear.inputs);
  linear_backward_data(stream.ref(), {linear, dy, weight, dx});
  keep(dx);
  const auto dweight = output(linear.outputs * linear.inputs);
  const auto dbias = output(linear.outputs);
  linear_backward_weight(stream.ref(), {linear, dy, x, dweight, dbias});
  keep(dweight);
  keep(dbias);

  const ConvolutionShape convolution{4, 12, 10, 16, 24};
  const std::size_t pixels = convolution.images * convolution.height * convolution.width;
  const auto image = input(pixels * convolution.inputs);
  const auto filter = input(convolution.outputs * 9 * convolution.inputs);
  const auto dfeatures = input(pixels * convolution.outputs);
  const auto features = output(pixels * convolution.outputs);
  convolution_forward(stream.ref(), {convolution, image, filter, bias.span().subspan(0, 24), features, true});
  keep(features);
  const auto dimage = output(pixels * convolution.inputs);
  convolution_backward_data(stream.ref(), {convolution, dfeatures, filter, dimage});
  keep(dimage);
  const auto dfilter = output(convolution.outputs * 9 * convolution.inputs);
  convolution_backward_weight(stream.ref(), {convolution, dfeatures, image, dfilter, dbias.span().subspan(0, 24)});
  keep(dfilter);

  DeviceBuffer<std::int32_t> labels{device, linear.rows};
  fill_labels(stream.ref(), {labels, seed, 130});
  const auto loss = output(linear.rows);
  softmax_cross_entropy(stream.ref(), {linear.rows, linear.outputs, dy, labels, y, loss});
  keep(y);
  keep(loss);
  const auto momentum = input(dweight.size());
  momentum_sgd(stream.ref(), {dweight, momentum, weight, 0.1F, 0.9F, 96});
  keep(weight);
  return all;
}

TEST(DevicesAgree, OnIdenticalInputs) {
  if (device_count(DeviceKind::cuda) == 0) GTEST_SKIP() << "no GPU: skipped";
  const std::uint64_t inputs = Random{}.bits();
  const auto host = outputs({DeviceKind::host, 0}, inputs);
  const auto cuda = outputs({DeviceKind::cuda, 0}, inputs);
  ASSERT_EQ(host.size(), cuda.size());
  for (std::size_t i = 0; i < host.size(); ++i) {
    EXPECT_LE(relative_error(cuda[i], doubles(host[i])), single_precision) << "output " << i;
  }
}

// The same program twice gives the same bits: losses and checks can be compared between runs.
TEST(DevicesAgree, HostWithItself) {
  const std::uint64_t inputs = Random{}.bits();
  EXPECT_EQ(outputs(Device{}, inputs), outputs(Device{}, inputs));
}

}  // namespace
}  // namespace lanemark::test
