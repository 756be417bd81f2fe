// SPDX-License-Identifier: MIT

#include "kernels/operations.hpp"
#include "tests/kernels/sums_of_products.hpp"
#include "tests/kernels/ways.hpp"

namespace lanemark::test {
namespace {

class LinearTest : public OnDevice {
 protected:
  /// Ragged, one row, one column, depth one, empty, and the sizes at which tiles of a GPU kernel begin and end;
  /// multiples of 8 take another path than others.
  static constexpr LinearShape shapes[] = {
      {1, 1, 1},      {0, 5, 3},       {4, 0, 3},       {4, 3, 0},        {1, 17, 5},    {7, 1, 3},
      {5, 3, 1},      {13, 37, 29},    {16, 16, 16},    {64, 64, 64},     {16, 64, 128}, {128, 128, 64},
      {33, 129, 65},  {65, 127, 10},   {3, 1000, 2},    {130, 31, 257},   {8, 8, 8},     {136, 200, 72},
      {1, 512, 256},  {300, 8, 264},   {512, 72, 136},  {129, 264, 520},  {40, 1032, 8}, {256, 640, 24},
      {128, 64, 128}, {256, 256, 256}, {513, 72, 1000}, {136, 200, 1000}, {257, 1, 130}};

  struct Data {
    LinearShape shape;
    DType dtype;
    std::vector<float> x, weight, bias, dy, relu_output;
  };
  Data draw(const LinearShape& shape, DType dtype) {
    const auto values = [&](std::size_t size) { return rounded(random.floats(size), dtype); };
    return {shape,
            dtype,
            values(shape.rows * shape.inputs),
            values(shape.outputs * shape.inputs),
            random.floats(shape.outputs),
            values(shape.rows * shape.outputs),
            mask_values(random, shape.rows * shape.inputs)};
  }

  /// x · wᵀ
  static SumsOfProducts products(const Data& data) {
    const Doubles no_bias(data.shape.outputs);
    return sums_of_products(
        data.shape.inputs, [&](const Doubles& x, const Doubles& w) { return linear(data.shape, x, w, no_bias); },
        data.x, data.weight);
  }

  template <class Check>
  void for_each_data(Check check) {
    for (const LinearShape& shape : shapes) {
      for (const DType dtype : {DType::float32, DType::bfloat16}) {
        SCOPED_TRACE(::testing::Message()
                     << "rows " << shape.rows << ", inputs " << shape.inputs << ", outputs " << shape.outputs);
        check(draw(shape, dtype));
      }
    }
  }
};

TEST_P(LinearTest, Forward) {
  for_each_data([&](const Data& data) {
    const SumsOfProducts plain = products(data);
    for (const bool has_bias : {false, true}) {
      const std::vector<float> values = has_bias ? data.bias : std::vector<float>(data.bias.size());
      const auto bias = put(values);
      const SumsOfProducts expected = with_bias(plain, values);
      for (const Way& way : ways(linear_forward, GetParam(), data.dtype)) {
        for (const bool with_relu : {false, true}) {
          SCOPED_TRACE(::testing::Message() << way << (has_bias ? ", bias" : "") << (with_relu ? ", ReLU" : ""));
          const auto x = place(stream(), way, data.x);
          const auto weight = place(stream(), way, data.weight);
          const auto y = place(stream(), way, data.dy.size());
          linear_forward({stream(), way.compute}, {data.shape, x, weight, bias, y, with_relu, way.arithmetic.tf32});
          EXPECT_TRUE(are(with_relu ? expected.with(relu(expected.values)) : expected, way, data.dtype, y.get()));
        }
      }
    }
  });
}

// The loss gets logits as they were summed, not rounded to the layer's type, which would cost about 1e-3.
TEST_P(LinearTest, LogitsStayFloat) {
  for (const LinearShape& shape : {LinearShape{65, 127, 10}, LinearShape{136, 200, 72}, LinearShape{128, 256, 1000}}) {
    const Data data = draw(shape, DType::bfloat16);
    const auto bias = put(data.bias);
    const SumsOfProducts expected = with_bias(products(data), data.bias);
    for (const Way& way : ways(linear_forward, GetParam(), data.dtype)) {
      SCOPED_TRACE(::testing::Message() << way << ", outputs " << shape.outputs);
      const auto x = place(stream(), way, data.x);
      const auto weight = place(stream(), way, data.weight);
      const FloatResult y{stream(), way, data.dy.size()};
      linear_forward({stream(), way.compute}, {shape, x, weight, bias, y.span()});
      const std::vector<float> found = y.get();
      EXPECT_TRUE(are(expected, way, DType::float32, found));
      EXPECT_LE(relative_error(found, expected.values), 1e-4);
    }
  }
}

TEST_P(LinearTest, BackwardData) {
  for_each_data([&](const Data& data) {
    const SumsOfProducts expected = sums_of_products(
        data.shape.outputs,
        [&](const Doubles& dy, const Doubles& w) { return linear_data_gradient(data.shape, dy, w); }, data.dy,
        data.weight);
    for (const Way& way : ways(linear_backward_data, GetParam(), data.dtype)) {
      for (const bool with_mask : {false, true}) {
        SCOPED_TRACE(::testing::Message() << way << (with_mask ? ", mask" : ""));
        const std::vector<float> mask = with_mask ? data.relu_output : std::vector<float>{};
        const auto dy = place(stream(), way, data.dy);
        const auto weight = place(stream(), way, data.weight);
        const auto relu_output = place(stream(), way, mask);
        const auto dx = place(stream(), way, data.x.size());
        linear_backward_data({stream(), way.compute}, {data.shape, dy, weight, dx, relu_output, way.arithmetic.tf32});
        EXPECT_TRUE(are(expected.with(masked(expected.values, mask)), way, data.dtype, dx.get()));
        EXPECT_EQ(count_not_cleared(dx.get(), mask), 0U);
      }
    }
  });
}

TEST_P(LinearTest, BackwardWeight) {
  for_each_data([&](const Data& data) {
    const SumsOfProducts of_weight = sums_of_products(
        data.shape.rows,
        [&](const Doubles& dy, const Doubles& x) { return linear_weight_gradient(data.shape, dy, x).weight; }, data.dy,
        data.x);
    const SumsOfProducts of_bias = column_sums(
        linear_weight_gradient(data.shape, doubles(data.dy), doubles(data.x)).bias, data.dy, data.shape.outputs);
    for (const Way& way : ways(linear_backward_weight, GetParam(), data.dtype)) {
      SCOPED_TRACE(::testing::Message() << way);
      const auto dy = place(stream(), way, data.dy);
      const auto x = place(stream(), way, data.x);
      const FloatResult dweight{stream(), way, data.weight.size()};
      const FloatResult dbias{stream(), way, data.bias.size()};
      linear_backward_weight({stream(), way.compute},
                             {data.shape, dy, x, dweight.span(), dbias.span(), way.arithmetic.tf32});
      EXPECT_TRUE(are(of_weight, way, DType::float32, dweight.get()));
      EXPECT_TRUE(are(of_bias, float_sums, DType::float32, dbias.get()));
    }
  });
}

// The step's own sizes, at which the GPU's kernels cut and pair their work; against the host, which the tests above
// hold against the definition.
TEST_P(LinearTest, LargeShapesAgreeWithTheHost) {
  if (GetParam() == DeviceKind::host) GTEST_SKIP() << "compares with the host";
  const Stream host{Device{}};
  for (const LinearShape shape : {LinearShape{512, 1024, 1000}, LinearShape{2048, 520, 1032}}) {
    for (const Arithmetic& arithmetic : all_arithmetic) {
      SCOPED_TRACE(::testing::Message() << arithmetic << ", rows " << shape.rows << ", outputs " << shape.outputs);
      const Data data = draw(shape, arithmetic.dtype);
      const auto outputs = [&](StreamRef on) {
        const DType dtype = arithmetic.dtype;
        const TypedBuffer x{on, dtype, data.x};
        const TypedBuffer weight{on, dtype, data.weight};
        const TypedBuffer dy{on, dtype, data.dy};
        const TypedBuffer bias{on, DType::float32, data.bias};
        const TypedBuffer y{on, dtype, data.dy.size()};
        const TypedBuffer dx{on, dtype, data.x.size()};
        const TypedBuffer dweight{on, DType::float32, data.weight.size()};
        const TypedBuffer dbias{on, DType::float32, data.bias.size()};
        const DeviceSpan<const float> of_bias{bias.span().as<float>(), data.bias.size()};
        linear_forward(on, {shape, x, weight, of_bias, y, true, arithmetic.tf32});
        linear_backward_data(on, {shape, dy, weight, dx, x, arithmetic.tf32});
        linear_backward_weight(on, {shape,
                                    dy,
                                    x,
                                    {dweight.span().as<float>(), data.weight.size()},
                                    {dbias.span().as<float>(), data.bias.size()},
                                    arithmetic.tf32});
        return std::vector{y.get(), dx.get(), dweight.get(), dbias.get()};
      };
      const auto expected = outputs(host);
      const auto found = outputs(stream());
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_LE(relative_error(found[i], doubles(expected[i])), arithmetic.tolerance) << "output " << i;
      }
    }
  }
}

// A fault in the data must reach the loss, not vanish in a layer.
TEST_P(LinearTest, ForwardPassesNaNOnWithoutRelu) {
  for (const Compute compute : computes(linear_forward)) {
    const auto x = put(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN(), 1, 1});
    const auto weight = put(std::vector<float>{1, 1});
    const auto bias = put(std::vector<float>{0});
    const auto y = poisoned(2);
    linear_forward({stream(), compute}, {{2, 2, 1}, x, weight, bias, y, false});
    const auto output = get(y);
    EXPECT_TRUE(std::isnan(output[0])) << name(compute);
    EXPECT_EQ(output[1], 2) << name(compute);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, LinearTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
