// SPDX-License-Identifier: MIT

// The bias gradient of many rows: on a GPU sums over pieces of the rows, and then over the pieces.

#include "kernels/operations.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class ColumnSumsTest : public OnDevice {
 protected:
  void check(std::size_t rows, std::size_t columns, DType dtype, std::size_t offset) {
    SCOPED_TRACE(::testing::Message() << rows << " rows of " << columns << " columns of " << name(dtype) << ", offset "
                                      << offset);
    // Small integers, whose sums are exact in any order.
    std::vector<float> gradient(rows * columns);
    for (float& value : gradient) value = static_cast<float>(random.below(17)) - 8;
    const TypedBuffer dy{stream(), dtype, gradient, offset};
    const TypedBuffer x{stream(), dtype, random.floats(rows)};
    const auto dweight = poisoned(columns);
    const auto dbias = poisoned(columns);
    linear_backward_weight(stream(), {{rows, 1, columns}, dy, x, dweight, dbias});
    std::vector<float> expected(columns);
    for (std::size_t i = 0; i < gradient.size(); ++i) expected[i % columns] += gradient[i];
    EXPECT_EQ(get(dbias), expected);
  }
};

TEST_P(ColumnSumsTest, AreExactForIntegers) {
  constexpr std::pair<std::size_t, std::size_t> shapes[] = {{0, 5},     {1, 1},    {1, 9},     {255, 8},   {512, 4096},
                                                            {70001, 1}, {9000, 3}, {30000, 8}, {40001, 40}};
  for (const auto& [rows, columns] : shapes) {
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      for (const std::size_t offset : {0UL, 1UL}) check(rows, columns, dtype, offset);
    }
  }
}

// Pieces enough that the second pass takes more than one round.
TEST_P(ColumnSumsTest, OfVeryManyRows) {
  for (const DType dtype : {DType::float32, DType::bfloat16}) check(200003, 8, dtype, 0);
}

INSTANTIATE_TEST_SUITE_P(Devices, ColumnSumsTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
