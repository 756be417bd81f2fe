#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"
#include "tests/kernels/reference.hpp"

namespace lanemark::test {
namespace {

class ConvolutionTest : public OnDevice {
 protected:
  /// Images of one pixel, row and column, no image, ragged, powers of two, and one larger than a block of patches.
  static constexpr ConvolutionShape shapes[] = {
      {1, 1, 1, 1, 1},  {0, 4, 4, 3, 2},    {2, 1, 7, 3, 2},   {2, 7, 1, 2, 3},   {1, 5, 6, 1, 4},   {3, 5, 7, 3, 5},
      {1, 8, 8, 16, 1}, {2, 16, 16, 16, 8}, {1, 9, 9, 64, 64}, {3, 4, 4, 33, 17}, {2, 32, 32, 32, 3}};

  struct Data {
    ConvolutionShape shape;
    std::vector<float> x, weight, bias, dy;
  };
  static std::size_t pixels(const ConvolutionShape& shape) { return shape.images * shape.height * shape.width; }
  /// Where an output has few elements, signed terms may cancel to almost nothing, and no relative error says anything.
  Data draw(const ConvolutionShape& shape) {
    const float low = shape.outputs <= 4 ? 0.1F : -1;
    return {shape, random.floats(pixels(shape) * shape.inputs, low),
            random.floats(shape.outputs * 9 * shape.inputs, low), random.floats(shape.outputs, low),
            random.floats(pixels(shape) * shape.outputs, low)};
  }

  template <class Arguments, class Check>
  void for_each_shape(const Operation<Arguments>& operation, Check check) {
    for (const ConvolutionShape& shape : shapes) {
      for (const Compute compute : computes(operation)) {
        SCOPED_TRACE(::testing::Message() << operation.name() << " " << name(compute) << ", images " << shape.images
                                          << " of " << shape.height << "x" << shape.width << ", inputs " << shape.inputs
                                          << ", outputs " << shape.outputs);
        check(draw(shape), compute);
      }
    }
  }
};

TEST_P(ConvolutionTest, Forward) {
  for (const bool with_relu : {false, true}) {
    for_each_shape(convolution_forward, [&](const Data& data, Compute compute) {
      const auto x = put(data.x);
      const auto weight = put(data.weight);
      const auto bias = put(data.bias);
      const auto y = poisoned(pixels(data.shape) * data.shape.outputs);
      convolution_forward({stream(), compute}, {data.shape, x, weight, bias, y, with_relu});
      Doubles expected = convolve(data.shape, doubles(data.x), doubles(data.weight), doubles(data.bias));
      if (with_relu) expected = relu(expected);
      EXPECT_LE(relative_error(get(y), expected), single_precision);
    });
  }
}

TEST_P(ConvolutionTest, BackwardData) {
  for_each_shape(convolution_backward_data, [&](const Data& data, Compute compute) {
    const auto dy = put(data.dy);
    const auto weight = put(data.weight);
    const auto dx = poisoned(pixels(data.shape) * data.shape.inputs);
    convolution_backward_data({stream(), compute}, {data.shape, dy, weight, dx});
    EXPECT_LE(relative_error(get(dx), convolution_data_gradient(data.shape, doubles(data.dy), doubles(data.weight))),
              single_precision);
  });
}

TEST_P(ConvolutionTest, BackwardWeight) {
  for_each_shape(convolution_backward_weight, [&](const Data& data, Compute compute) {
    const auto dy = put(data.dy);
    const auto x = put(data.x);
    const auto dweight = poisoned(data.shape.outputs * 9 * data.shape.inputs);
    const auto dbias = poisoned(data.shape.outputs);
    convolution_backward_weight({stream(), compute}, {data.shape, dy, x, dweight, dbias});
    const WeightGradients expected = convolution_weight_gradient(data.shape, doubles(data.dy), doubles(data.x));
    EXPECT_LE(relative_error(get(dweight), expected.weight), single_precision);
    EXPECT_LE(relative_error(get(dbias), expected.bias), single_precision);
  });
}

INSTANTIATE_TEST_SUITE_P(Devices, ConvolutionTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
