// SPDX-License-Identifier: MIT

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

  void check_bias(std::size_t rows, std::size_t columns, DType dtype, std::size_t offset, bool with_relu) {
    SCOPED_TRACE(::testing::Message() << rows << " rows of " << columns << " columns of " << name(dtype) << ", offset "
                                      << offset << (with_relu ? ", with ReLU" : ""));
    const std::vector<float> values = rounded(random.floats(rows * columns), dtype);
    const std::vector<float> bias = random.floats(columns);
    const TypedBuffer y{stream(), dtype, values, offset};
    const auto of_columns = put(bias);
    bias_forward(stream(), {rows, columns, of_columns, y, with_relu});
    std::vector<float> expected = values;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] += bias[i % columns];
      if (with_relu) expected[i] = std::max(0.0F, expected[i]);
    }
    EXPECT_EQ(y.get(), rounded(expected, dtype));
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
    for (const std::size_t rows : {0UL, 1UL, 37UL}) {
      for (const DType dtype : {DType::float32, DType::bfloat16}) {
        for (const std::size_t offset : {0UL, 1UL}) {
          for (const bool with_relu : {false, true}) check_bias(rows, columns, dtype, offset, with_relu);
        }
      }
    }
  }
}

// A fault in the data must show, not turn into 0.
TEST_P(PointwiseTest, BiasForwardPassesNaNOn) {
  const auto y = put(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()});
  const auto bias = put(std::vector<float>{-3, 1});
  bias_forward(stream(), {1, 2, bias, y, true});
  const auto found = get(y);
  EXPECT_EQ(found[0], 0);
  EXPECT_TRUE(std::isnan(found[1]));
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

// Ties to even, what is too large for the type, numbers below its normal range, and what is none.
TEST_P(PointwiseTest, ConvertRoundsOnce) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> from{
      1 + 0x1p-8F, 1 + 0x3p-8F, 1 + 0x1.01p-8F, -1 - 0x1p-8F, std::numeric_limits<float>::max(), 0x1p-133F, 0x1p-134F,
      0x1.8p-133F, -0.0F,       infinity,       -infinity};
  const std::vector<float> expected{1, 1 + 0x1p-6F, 1 + 0x1p-7F, -1,       infinity, 0x1p-133F,
                                    0, 0x1p-132F,   -0.0F,       infinity, -infinity};
  const TypedBuffer wide{stream(), DType::float32, from};
  const TypedBuffer narrow{stream(), DType::bfloat16, from.size()};
  convert(stream(), {wide, narrow});
  const auto found = narrow.get();
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(std::signbit(found[8]));
  const TypedBuffer fault{stream(), DType::float32, std::vector<float>{std::numeric_limits<float>::quiet_NaN()}};
  const TypedBuffer narrow_fault{stream(), DType::bfloat16, 1};
  convert(stream(), {fault, narrow_fault});
  EXPECT_TRUE(std::isnan(narrow_fault.get().front()));
}

TEST_P(PointwiseTest, Triad) {
  for (const std::size_t size : sizes) {
    for (const std::size_t offset : {0UL, 1UL}) {
      const std::vector<float> b = random.floats(size, 1, 2);
      const std::vector<float> c = random.floats(size, 1, 2);
      const TypedBuffer a{stream(), DType::float32, size, offset};
      const auto of_b = put(b);
      const auto of_c = put(c);
      triad(stream(), {{a.span().as<float>(), size}, of_b, of_c, 3});
      std::vector<double> expected(size);
      for (std::size_t i = 0; i < size; ++i) expected[i] = b[i] + 3.0 * c[i];
      EXPECT_LE(relative_error(a.get(), expected), 1e-6) << size << " elements, offset " << offset;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, PointwiseTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
