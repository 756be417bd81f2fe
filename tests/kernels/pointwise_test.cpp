#include "kernels/operations.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class PointwiseTest : public OnDevice {
 protected:
  static constexpr std::size_t sizes[] = {0, 1, 7, 31, 256, 1000, 4099, 100003};

  template <class F>
  void for_each_case(F&& f) {
    for (const std::size_t size : sizes) {
      for (const DType dtype : {DType::float32, DType::bfloat16}) {
        for (const std::size_t offset : {0UL, 1UL}) {
          SCOPED_TRACE(::testing::Message() << size << " elements of " << name(dtype) << ", offset " << offset);
          f(size, dtype, offset);
        }
      }
    }
  }
};

TEST_P(PointwiseTest, ReluBackward) {
  for_each_case([&](std::size_t size, DType dtype, std::size_t offset) {
    const std::vector<float> output = mask_values(random, size);
    const std::vector<float> gradient = rounded(random.floats(size), dtype);
    const TypedBuffer y{stream(), dtype, output, offset};
    const TypedBuffer dy{stream(), dtype, gradient, offset};
    relu_backward(stream(), {y, dy});
    EXPECT_EQ(doubles(dy.get()), masked(doubles(gradient), rounded(output, dtype)));
  });
}

TEST_P(PointwiseTest, BiasForward) {
  for (const std::size_t columns : {1UL, 3UL, 8UL, 40UL, 1000UL}) {
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      for (const bool with_relu : {false, true}) {
        const std::size_t rows = 37;
        const std::vector<float> values = rounded(random.floats(rows * columns), dtype);
        const std::vector<float> bias = random.floats(columns);
        const TypedBuffer y{stream(), dtype, values};
        const auto of_columns = put(bias);
        bias_forward(stream(), {rows, columns, of_columns, y, with_relu});
        std::vector<float> expected = values;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          expected[i] += bias[i % columns];
          if (with_relu) expected[i] = std::max(0.0F, expected[i]);
        }
        EXPECT_EQ(y.get(), rounded(expected, dtype)) << columns << " columns of " << name(dtype);
      }
    }
  }
}

TEST_P(PointwiseTest, Convert) {
  for_each_case([&](std::size_t size, DType from_type, std::size_t offset) {
    for (const DType to_type : {DType::float32, DType::bfloat16}) {
      const std::vector<float> values = random.floats(size);
      const TypedBuffer from{stream(), from_type, values, offset};
      const TypedBuffer to{stream(), to_type, size, offset};
      convert(stream(), {from, to});
      EXPECT_EQ(to.get(), rounded(rounded(values, from_type), to_type)) << "to " << name(to_type);
    }
  });
}

TEST_P(PointwiseTest, Triad) {
  for (const std::size_t size : sizes) {
    const std::vector<float> b = random.floats(size, 1, 2);
    const std::vector<float> c = random.floats(size, 1, 2);
    const auto a = poisoned(size);
    const auto of_b = put(b);
    const auto of_c = put(c);
    triad(stream(), {a, of_b, of_c, 3});
    std::vector<double> expected(size);
    for (std::size_t i = 0; i < size; ++i) expected[i] = b[i] + 3.0 * c[i];
    EXPECT_LE(relative_error(get(a), expected), 1e-6) << size << " elements";
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, PointwiseTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
