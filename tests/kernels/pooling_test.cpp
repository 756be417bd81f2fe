#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"
#include "tests/kernels/reference.hpp"

namespace lanemark::test {
namespace {

class PoolingTest : public OnDevice {
 protected:
  static constexpr MaxPoolShape shapes[] = {{1, 2, 2, 1}, {0, 4, 4, 3},  {3, 2, 6, 5},
                                            {2, 8, 2, 1}, {1, 6, 10, 7}, {4, 16, 16, 64}};

  void check(const MaxPoolShape& shape, const std::vector<float>& input) {
    SCOPED_TRACE(::testing::Message() << "images " << shape.images << " of " << shape.height << "x" << shape.width
                                      << ", channels " << shape.channels);
    const auto x = put(input);
    const auto y = poisoned(input.size() / 4);
    max_pool_forward(stream(), {shape, x, y});
    const Doubles expected = max_pool(shape, doubles(input));
    EXPECT_EQ(doubles(get(y)), expected);

    const std::vector<float> gradient = random.floats(input.size() / 4);
    const auto dy = put(gradient);
    const auto dx = poisoned(input.size());
    max_pool_backward(stream(), {shape, x, y, dy, dx});
    EXPECT_EQ(doubles(get(dx)), max_pool_gradient(shape, doubles(input), doubles(gradient)));
  }
};

TEST_P(PoolingTest, ForwardAndBackward) {
  for (const MaxPoolShape& shape : shapes) {
    check(shape, random.floats(shape.images * shape.height * shape.width * shape.channels));
  }
}

TEST_P(PoolingTest, FirstOfEqualMaximaTakesTheGradient) {
  for (const MaxPoolShape& shape : shapes) {
    std::vector<float> few_values(shape.images * shape.height * shape.width * shape.channels);
    for (float& value : few_values) value = static_cast<float>(random.below(3));
    check(shape, few_values);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, PoolingTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
