#include "kernels/operations.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class LinearTest : public OnDevice {
 protected:
  /// Ragged, one row, one column, empty, and the sizes at which tiles of a GPU kernel begin and end; multiples of 8
  /// take another path than others.
  static constexpr LinearShape shapes[] = {
      {1, 1, 1},      {0, 5, 3},       {1, 17, 5},    {7, 1, 3},      {5, 3, 1},     {13, 37, 29},
      {16, 16, 16},   {64, 64, 64},    {16, 64, 128}, {128, 128, 64}, {33, 129, 65}, {65, 127, 10},
      {3, 1000, 2},   {130, 31, 257},  {8, 8, 8},     {136, 200, 72}, {1, 512, 256}, {300, 8, 264},
      {512, 72, 136}, {129, 264, 520}, {40, 1032, 8}, {256, 640, 24}};

  struct Data {
    LinearShape shape;
    Arithmetic arithmetic;
    std::size_t offset;  ///< of all arrays, in elements
    std::vector<float> x, weight, bias, dy;
  };
  /// Where an output has few elements, signed terms may cancel to almost nothing, and no relative error says anything.
  Data draw(const LinearShape& shape, const Arithmetic& arithmetic, std::size_t offset) {
    const float low = shape.outputs <= 4 || shape.rows * shape.inputs <= 4 ? 0.1F : -1;
    const auto values = [&](std::size_t size) { return rounded(random.floats(size, low), arithmetic.dtype); };
    return {shape,
            arithmetic,
            offset,
            values(shape.rows * shape.inputs),
            values(shape.outputs * shape.inputs),
            random.floats(shape.outputs, low),
            values(shape.rows * shape.outputs)};
  }
  [[nodiscard]] TypedBuffer place(const Data& data, const std::vector<float>& values) const {
    return {stream(), data.arithmetic.dtype, values, data.offset};
  }
  [[nodiscard]] TypedBuffer place(const Data& data, std::size_t size) const {
    return {stream(), data.arithmetic.dtype, size, data.offset};
  }

  template <class Arguments, class Check>
  void for_each_shape(const Operation<Arguments>& operation, Check check) {
    for (const LinearShape& shape : shapes) {
      for (const Compute compute : computes(operation)) {
        for (const Arithmetic& arithmetic : all_arithmetic) {
          for (const std::size_t offset : {0UL, 1UL}) {
            SCOPED_TRACE(::testing::Message()
                         << operation.name() << " " << name(compute) << " " << arithmetic << ", rows " << shape.rows
                         << ", inputs " << shape.inputs << ", outputs " << shape.outputs << ", offset " << offset);
            check(draw(shape, arithmetic, offset), compute);
          }
        }
      }
    }
  }
};

TEST_P(LinearTest, Forward) {
  for (const bool with_relu : {false, true}) {
    for_each_shape(linear_forward, [&](const Data& data, Compute compute) {
      const auto x = place(data, data.x);
      const auto weight = place(data, data.weight);
      const auto bias = put(data.bias);
      const auto y = place(data, data.shape.rows * data.shape.outputs);
      linear_forward({stream(), compute}, {data.shape, x, weight, bias, y, with_relu, data.arithmetic.tf32});
      Doubles expected = linear(data.shape, doubles(data.x), doubles(data.weight), doubles(data.bias));
      if (with_relu) expected = relu(expected);
      EXPECT_LE(relative_error(y.get(), expected), data.arithmetic.tolerance);
    });
  }
}

TEST_P(LinearTest, BackwardData) {
  for (const bool with_mask : {false, true}) {
    for_each_shape(linear_backward_data, [&](const Data& data, Compute compute) {
      const auto dy = place(data, data.dy);
      const auto weight = place(data, data.weight);
      const auto dx = place(data, data.x.size());
      const std::vector<float> mask = with_mask ? mask_values(random, data.x.size()) : std::vector<float>{};
      const auto relu_output = place(data, mask);
      linear_backward_data({stream(), compute}, {data.shape, dy, weight, dx, relu_output, data.arithmetic.tf32});
      const Doubles expected = linear_data_gradient(data.shape, doubles(data.dy), doubles(data.weight));
      EXPECT_LE(relative_error(dx.get(), masked(expected, mask)), data.arithmetic.tolerance);
    });
  }
}

TEST_P(LinearTest, BackwardWeight) {
  for_each_shape(linear_backward_weight, [&](const Data& data, Compute compute) {
    const auto dy = place(data, data.dy);
    const auto x = place(data, data.x);
    const TypedBuffer dweight{stream(), DType::float32, data.weight.size(), data.offset};
    const TypedBuffer dbias{stream(), DType::float32, data.bias.size(), data.offset};
    linear_backward_weight({stream(), compute}, {data.shape,
                                                 dy,
                                                 x,
                                                 {dweight.span().as<float>(), data.weight.size()},
                                                 {dbias.span().as<float>(), data.bias.size()},
                                                 data.arithmetic.tf32});
    const WeightGradients expected = linear_weight_gradient(data.shape, doubles(data.dy), doubles(data.x));
    EXPECT_LE(relative_error(dweight.get(), expected.weight), data.arithmetic.tolerance);
    EXPECT_LE(relative_error(dbias.get(), expected.bias), single_precision);
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
      const Data data = draw(shape, arithmetic, 0);
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
