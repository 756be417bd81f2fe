// SPDX-License-Identifier: MIT

#include "kernels/operations.hpp"
#include "tests/kernels/sums_of_products.hpp"
#include "tests/kernels/ways.hpp"

namespace lanemark::test {
namespace {

class ConvolutionTest : public OnDevice {
 protected:
  /// Images of one pixel, row and column, no image, no channels, ragged, powers of two, larger than a block of patches;
  /// filters of one tap and strides of two; channels on which a GPU's kernels take other paths.
  static constexpr ConvolutionShape shapes[] = {{1, 1, 1, 1, 1},
                                                {0, 4, 4, 3, 2},
                                                {1, 4, 4, 0, 8},
                                                {1, 4, 4, 8, 0},
                                                {2, 1, 7, 3, 2},
                                                {2, 7, 1, 2, 3},
                                                {1, 5, 6, 1, 4},
                                                {3, 5, 7, 3, 5},
                                                {1, 8, 8, 16, 1},
                                                {2, 16, 16, 16, 8},
                                                {1, 9, 9, 64, 64},
                                                {3, 4, 4, 33, 17},
                                                {2, 32, 32, 32, 3},
                                                {3, 5, 7, 72, 40},
                                                {2, 8, 8, 8, 136},
                                                {1, 1, 8, 64, 8},
                                                {1, 8, 8, 3, 64},
                                                {3, 5, 7, 64, 16},
                                                {3, 16, 16, 72, 8},
                                                {1, 16, 16, 64, 72},

                                                {2, 7, 7, 24, 16, 3, 2},
                                                {3, 8, 6, 72, 40, 3, 2},
                                                {2, 5, 8, 3, 6, 3, 2},
                                                {3, 7, 7, 64, 72, 3, 2},
                                                {1, 7, 7, 3, 8, 3, 2},
                                                {1, 1, 2, 8, 8, 3, 2},
                                                {1, 16, 16, 8, 64, 3, 2},
                                                {3, 34, 34, 128, 8, 3, 2},
                                                {2, 6, 7, 16, 72, 1, 1},
                                                {3, 8, 8, 64, 72, 1, 1},
                                                {1, 16, 16, 128, 128, 1, 1},
                                                {2, 64, 64, 64, 4, 1, 1},
                                                {2, 7, 6, 40, 24, 1, 2},
                                                {1, 7, 7, 8, 16, 1, 2},
                                                {3, 64, 66, 128, 4, 1, 2}};

  struct Data {
    ConvolutionShape shape;
    DType dtype;
    std::vector<float> x, weight, bias, dy, relu_output;
  };
  Data draw(const ConvolutionShape& shape, DType dtype) {
    const auto values = [&](std::size_t size) { return rounded(random.floats(size), dtype); };
    const std::size_t input_size = shape.input_pixels() * shape.inputs;
    return {shape,
            dtype,
            values(input_size),
            values(shape.outputs * shape.taps() * shape.inputs),
            random.floats(shape.outputs),
            values(shape.output_pixels() * shape.outputs),
            mask_values(random, input_size)};
  }

  template <class Check>
  void for_each_data(Check check) {
    for (const ConvolutionShape& shape : shapes) {
      for (const DType dtype : {DType::float32, DType::bfloat16}) {
        SCOPED_TRACE(::testing::Message() << "images " << shape.images << " of " << shape.height << "x" << shape.width
                                          << ", inputs " << shape.inputs << ", outputs " << shape.outputs << ", filter "
                                          << shape.filter << ", stride " << shape.stride);
        check(draw(shape, dtype));
      }
    }
  }
};

TEST_P(ConvolutionTest, Forward) {
  for_each_data([&](const Data& data) {
    const Doubles no_bias(data.bias.size());
    const SumsOfProducts plain = sums_of_products(
        data.shape.taps() * data.shape.inputs,
        [&](const Doubles& x, const Doubles& w) { return convolve(data.shape, x, w, no_bias); }, data.x, data.weight);
    for (const bool has_bias : {false, true}) {
      const std::vector<float> values = has_bias ? data.bias : std::vector<float>(data.bias.size());
      const auto bias = put(values);
      const SumsOfProducts expected = with_bias(plain, values);
      for (const Way& way : ways(convolution_forward, GetParam(), data.dtype)) {
        for (const bool with_relu : {false, true}) {
          SCOPED_TRACE(::testing::Message() << way << (has_bias ? ", bias" : "") << (with_relu ? ", ReLU" : ""));
          const auto x = place(stream(), way, data.x);
          const auto weight = place(stream(), way, data.weight);
          const auto y = place(stream(), way, data.dy.size());
          convolution_forward({stream(), way.compute},
                              {data.shape, x, weight, bias, y, with_relu, way.arithmetic.tf32});
          EXPECT_TRUE(are(with_relu ? expected.with(relu(expected.values)) : expected, way, data.dtype, y.get()));
        }
      }
    }
  });
}

TEST_P(ConvolutionTest, BackwardData) {
  for_each_data([&](const Data& data) {
    const SumsOfProducts expected = sums_of_products(
        data.shape.taps() * data.shape.outputs,
        [&](const Doubles& dy, const Doubles& w) { return convolution_data_gradient(data.shape, dy, w); }, data.dy,
        data.weight);
    for (const Way& way : ways(convolution_backward_data, GetParam(), data.dtype)) {
      for (const bool with_mask : {false, true}) {
        SCOPED_TRACE(::testing::Message() << way << (with_mask ? ", mask" : ""));
        const std::vector<float> mask = with_mask ? data.relu_output : std::vector<float>{};
        const auto dy = place(stream(), way, data.dy);
        const auto weight = place(stream(), way, data.weight);
        const auto relu_output = place(stream(), way, mask);
        const auto dx = place(stream(), way, data.x.size());
        convolution_backward_data({stream(), way.compute},
                                  {data.shape, dy, weight, dx, relu_output, way.arithmetic.tf32});
        EXPECT_TRUE(are(expected.with(masked(expected.values, mask)), way, data.dtype, dx.get()));
        EXPECT_EQ(count_not_cleared(dx.get(), mask), 0U);
      }
    }
  });
}

TEST_P(ConvolutionTest, BackwardWeight) {
  for_each_data([&](const Data& data) {
    const SumsOfProducts of_weight = sums_of_products(
        data.shape.output_pixels(),
        [&](const Doubles& dy, const Doubles& x) { return convolution_weight_gradient(data.shape, dy, x).weight; },
        data.dy, data.x);
    const SumsOfProducts of_bias = column_sums(
        convolution_weight_gradient(data.shape, doubles(data.dy), doubles(data.x)).bias, data.dy, data.shape.outputs);
    for (const Way& way : ways(convolution_backward_weight, GetParam(), data.dtype)) {
      SCOPED_TRACE(::testing::Message() << way);
      const auto dy = place(stream(), way, data.dy);
      const auto x = place(stream(), way, data.x);
      const FloatResult dweight{stream(), way, data.weight.size()};
      const FloatResult dbias{stream(), way, data.bias.size()};
      convolution_backward_weight({stream(), way.compute},
                                  {data.shape, dy, x, dweight.span(), dbias.span(), way.arithmetic.tf32});
      EXPECT_TRUE(are(of_weight, way, DType::float32, dweight.get()));
      EXPECT_TRUE(are(of_bias, float_sums, DType::float32, dbias.get()));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Devices, ConvolutionTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
