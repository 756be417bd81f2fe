// SPDX-License-Identifier: MIT

#include "kernels/operations.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class PoolingTest : public OnDevice {
 protected:
  static constexpr PoolShape shapes[] = {{1, 2, 2, 1},  {0, 4, 4, 3},    {3, 2, 6, 5},  {2, 8, 2, 1},
                                         {1, 6, 10, 7}, {4, 16, 16, 64}, {2, 4, 6, 24}, {2, 4, 4, 12}};

  template <class F>
  void for_each_case(F&& f) {
    for (const PoolShape& shape : shapes) {
      for (const DType dtype : {DType::float32, DType::bfloat16}) {
        for (const std::size_t offset : {0UL, 1UL}) {
          SCOPED_TRACE(::testing::Message()
                       << name(dtype) << ", images " << shape.images << " of " << shape.height << "x" << shape.width
                       << ", channels " << shape.channels << ", offset " << offset);
          f(shape, dtype, offset, shape.images * shape.height * shape.width * shape.channels);
        }
      }
    }
  }

  void check_maximum(const PoolShape& shape, DType dtype, std::size_t offset, const std::vector<float>& input) {
    const TypedBuffer x{stream(), dtype, input, offset};
    const TypedBuffer y{stream(), dtype, input.size() / 4, offset};
    max_pool_forward(stream(), {shape, x, y});
    EXPECT_EQ(doubles(y.get()), max_pool(shape, doubles(input)));
    const std::vector<float> gradient = rounded(random.floats(input.size() / 4), dtype);
    for (const bool relu : {false, true}) {
      const TypedBuffer dy{stream(), dtype, gradient, offset};
      const TypedBuffer dx{stream(), dtype, input.size(), offset};
      max_pool_backward(stream(), {shape, x, dy, dx, relu});
      const Doubles expected = max_pool_gradient(shape, doubles(input), doubles(gradient));
      EXPECT_EQ(doubles(dx.get()), relu ? masked(expected, input) : expected) << (relu ? "with ReLU" : "");
    }
  }
};

TEST_P(PoolingTest, MaximumForwardAndBackward) {
  for_each_case([&](const PoolShape& shape, DType dtype, std::size_t offset, std::size_t size) {
    check_maximum(shape, dtype, offset, rounded(random.floats(size), dtype));
  });
}

TEST_P(PoolingTest, FirstOfEqualMaximaTakesTheGradient) {
  for_each_case([&](const PoolShape& shape, DType dtype, std::size_t offset, std::size_t size) {
    std::vector<float> few_values(size);
    for (float& value : few_values) value = static_cast<float>(random.below(3)) - 1;
    check_maximum(shape, dtype, offset, few_values);
  });
}

TEST_P(PoolingTest, AverageForwardAndBackward) {
  for_each_case([&](const PoolShape& shape, DType dtype, std::size_t offset, std::size_t size) {
    // Quarters of small integers: exact in either type.
    std::vector<float> input(size);
    for (float& value : input) value = static_cast<float>(random.below(32));
    const TypedBuffer x{stream(), dtype, input, offset};
    const TypedBuffer y{stream(), dtype, size / 4, offset};
    average_pool_forward(stream(), {shape, x, y});
    EXPECT_EQ(doubles(y.get()), average_pool(shape, doubles(input)));
    const std::vector<float> gradient = y.get();
    const TypedBuffer dx{stream(), dtype, size, offset};
    average_pool_backward(stream(), {shape, y, dx});
    EXPECT_EQ(doubles(dx.get()), average_pool_gradient(shape, doubles(gradient)));
  });
}

INSTANTIATE_TEST_SUITE_P(Devices, PoolingTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
