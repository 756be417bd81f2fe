#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"
#include "tests/kernels/reference.hpp"

namespace lanemark::test {
namespace {

class LinearTest : public OnDevice {
 protected:
  /// Ragged, one row, one column, empty, and the sizes at which tiles of a GPU kernel begin and end.
  static constexpr LinearShape shapes[] = {{1, 1, 1},     {0, 5, 3},     {1, 17, 5},   {7, 1, 3},     {5, 3, 1},
                                           {13, 37, 29},  {16, 16, 16},  {64, 64, 64}, {16, 64, 128}, {128, 128, 64},
                                           {33, 129, 65}, {65, 127, 10}, {3, 1000, 2}, {130, 31, 257}};

  struct Data {
    LinearShape shape;
    std::vector<float> x, weight, bias, dy;
  };
  /// Where an output has few elements, signed terms may cancel to almost nothing, and no relative error says anything.
  Data draw(const LinearShape& shape) {
    const float low = shape.outputs <= 4 || shape.rows * shape.inputs <= 4 ? 0.1F : -1;
    return {shape, random.floats(shape.rows * shape.inputs, low), random.floats(shape.outputs * shape.inputs, low),
            random.floats(shape.outputs, low), random.floats(shape.rows * shape.outputs, low)};
  }

  template <class Arguments, class Check>
  void for_each_shape(const Operation<Arguments>& operation, Check check) {
    for (const LinearShape& shape : shapes) {
      for (const Compute compute : computes(operation)) {
        SCOPED_TRACE(::testing::Message() << operation.name() << " " << name(compute) << ", rows " << shape.rows
                                          << ", inputs " << shape.inputs << ", outputs " << shape.outputs);
        check(draw(shape), compute);
      }
    }
  }
};

TEST_P(LinearTest, Forward) {
  for (const bool with_relu : {false, true}) {
    for_each_shape(linear_forward, [&](const Data& data, Compute compute) {
      const auto x = put(data.x);
      const auto weight = put(data.weight);
      const auto bias = put(data.bias);
      const auto y = poisoned(data.shape.rows * data.shape.outputs);
      linear_forward({stream(), compute}, {data.shape, x, weight, bias, y, with_relu});
      Doubles expected = linear(data.shape, doubles(data.x), doubles(data.weight), doubles(data.bias));
      if (with_relu) expected = relu(expected);
      EXPECT_LE(relative_error(get(y), expected), single_precision);
    });
  }
}

TEST_P(LinearTest, BackwardData) {
  for_each_shape(linear_backward_data, [&](const Data& data, Compute compute) {
    const auto dy = put(data.dy);
    const auto weight = put(data.weight);
    const auto dx = poisoned(data.shape.rows * data.shape.inputs);
    linear_backward_data({stream(), compute}, {data.shape, dy, weight, dx});
    EXPECT_LE(relative_error(get(dx), linear_data_gradient(data.shape, doubles(data.dy), doubles(data.weight))),
              single_precision);
  });
}

TEST_P(LinearTest, BackwardWeight) {
  for_each_shape(linear_backward_weight, [&](const Data& data, Compute compute) {
    const auto dy = put(data.dy);
    const auto x = put(data.x);
    const auto dweight = poisoned(data.shape.outputs * data.shape.inputs);
    const auto dbias = poisoned(data.shape.outputs);
    linear_backward_weight({stream(), compute}, {data.shape, dy, x, dweight, dbias});
    const WeightGradients expected = linear_weight_gradient(data.shape, doubles(data.dy), doubles(data.x));
    EXPECT_LE(relative_error(get(dweight), expected.weight), single_precision);
    EXPECT_LE(relative_error(get(dbias), expected.bias), single_precision);
  });
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
