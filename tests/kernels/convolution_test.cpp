#include "kernels/operations.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class ConvolutionTest : public OnDevice {
 protected:
  /// Images of one pixel, row and column, no image, ragged, powers of two, larger than a block of patches; filters of
  /// one tap and strides of two; channels on which a GPU's kernels take other paths.
  static constexpr ConvolutionShape shapes[] = {
      {1, 1, 1, 1, 1},       {0, 4, 4, 3, 2},         {2, 1, 7, 3, 2},         {2, 7, 1, 2, 3},
      {1, 5, 6, 1, 4},       {3, 5, 7, 3, 5},         {1, 8, 8, 16, 1},        {2, 16, 16, 16, 8},
      {1, 9, 9, 64, 64},     {3, 4, 4, 33, 17},       {2, 32, 32, 32, 3},      {3, 5, 7, 72, 40},
      {2, 8, 8, 8, 136},     {1, 1, 8, 64, 8},        {2, 7, 7, 24, 16, 3, 2}, {3, 8, 6, 72, 40, 3, 2},
      {2, 5, 8, 3, 6, 3, 2}, {2, 6, 7, 16, 72, 1, 1}, {2, 7, 6, 40, 24, 1, 2}};

  struct Data {
    ConvolutionShape shape;
    Arithmetic arithmetic;
    std::size_t offset;  ///< of all arrays, in elements
    std::vector<float> x, weight, bias, dy;
  };
  /// Where an output has few elements, signed terms may cancel to almost nothing, and no relative error says anything.
  Data draw(const ConvolutionShape& shape, const Arithmetic& arithmetic, std::size_t offset) {
    const float low = shape.outputs <= 4 ? 0.1F : -1;
    const auto values = [&](std::size_t size) { return rounded(random.floats(size, low), arithmetic.dtype); };
    return {shape,
            arithmetic,
            offset,
            values(shape.input_pixels() * shape.inputs),
            values(shape.outputs * shape.taps() * shape.inputs),
            random.floats(shape.outputs, low),
            values(shape.output_pixels() * shape.outputs)};
  }
  [[nodiscard]] TypedBuffer place(const Data& data, const std::vector<float>& values) const {
    return {stream(), data.arithmetic.dtype, values, data.offset};
  }
  [[nodiscard]] TypedBuffer place(const Data& data, std::size_t size) const {
    return {stream(), data.arithmetic.dtype, size, data.offset};
  }

  template <class Arguments, class Check>
  void for_each_shape(const Operation<Arguments>& operation, Check check) {
    for (const ConvolutionShape& shape : shapes) {
      for (const Compute compute : computes(operation)) {
        for (const Arithmetic& arithmetic : all_arithmetic) {
          for (const std::size_t offset : {0UL, 1UL}) {
            SCOPED_TRACE(::testing::Message()
                         << operation.name() << " " << name(compute) << " " << arithmetic << ", images " << shape.images
                         << " of " << shape.height << "x" << shape.width << ", inputs " << shape.inputs << ", outputs "
                         << shape.outputs << ", filter " << shape.filter << ", stride " << shape.stride << ", offset "
                         << offset);
            check(draw(shape, arithmetic, offset), compute);
          }
        }
      }
    }
  }
};

TEST_P(ConvolutionTest, Forward) {
  for (const bool with_relu : {false, true}) {
    for_each_shape(convolution_forward, [&](const Data& data, Compute compute) {
      const auto x = place(data, data.x);
      const auto weight = place(data, data.weight);
      const auto bias = put(data.bias);
      const auto y = place(data, data.dy.size());
      convolution_forward({stream(), compute}, {data.shape, x, weight, bias, y, with_relu, data.arithmetic.tf32});
      Doubles expected = convolve(data.shape, doubles(data.x), doubles(data.weight), doubles(data.bias));
      if (with_relu) expected = relu(expected);
      EXPECT_LE(relative_error(y.get(), expected), data.arithmetic.tolerance);
    });
  }
}

TEST_P(ConvolutionTest, BackwardData) {
  for (const bool with_mask : {false, true}) {
    for_each_shape(convolution_backward_data, [&](const Data& data, Compute compute) {
      const auto dy = place(data, data.dy);
      const auto weight = place(data, data.weight);
      const auto dx = place(data, data.x.size());
      const std::vector<float> mask = with_mask ? mask_values(random, data.x.size()) : std::vector<float>{};
      const auto relu_output = place(data, mask);
      convolution_backward_data({stream(), compute}, {data.shape, dy, weight, dx, relu_output, data.arithmetic.tf32});
      const Doubles expected = convolution_data_gradient(data.shape, doubles(data.dy), doubles(data.weight));
      EXPECT_LE(relative_error(dx.get(), masked(expected, mask)), data.arithmetic.tolerance);
    });
  }
}

TEST_P(ConvolutionTest, BackwardWeight) {
  for_each_shape(convolution_backward_weight, [&](const Data& data, Compute compute) {
    const auto dy = place(data, data.dy);
    const auto x = place(data, data.x);
    const TypedBuffer dweight{stream(), DType::float32, data.weight.size(), data.offset};
    const TypedBuffer dbias{stream(), DType::float32, data.bias.size(), data.offset};
    convolution_backward_weight({stream(), compute}, {data.shape,
                                                      dy,
                                                      x,
                                                      {dweight.span().as<float>(), data.weight.size()},
                                                      {dbias.span().as<float>(), data.bias.size()},
                                                      data.arithmetic.tf32});
    const WeightGradients expected = convolution_weight_gradient(data.shape, doubles(data.dy), doubles(data.x));
    EXPECT_LE(relative_error(dweight.get(), expected.weight), data.arithmetic.tolerance);
    EXPECT_LE(relative_error(dbias.get(), expected.bias), single_precision);
  });
}

INSTANTIATE_TEST_SUITE_P(Devices, ConvolutionTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
