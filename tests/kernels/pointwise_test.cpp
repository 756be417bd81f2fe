#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

class PointwiseTest : public OnDevice {
 protected:
  static constexpr std::size_t sizes[] = {0, 1, 31, 256, 1000, 4099, 100003};
};

TEST_P(PointwiseTest, ReluBackward) {
  for (const std::size_t size : sizes) {
    std::vector<float> output = random.floats(size);
    for (std::size_t i = 0; i < size; i += 3) output[i] = i % 2 == 0 ? 0.0F : -0.0F;
    const std::vector<float> gradient = random.floats(size);
    const auto y = put(output);
    const auto dy = put(gradient);
    relu_backward(stream(), {y, dy});
    std::vector<float> expected = gradient;
    for (std::size_t i = 0; i < size; ++i) {
      if (output[i] <= 0) expected[i] = 0;
    }
    EXPECT_EQ(get(dy), expected) << size << " elements";
  }
}

TEST_P(PointwiseTest, MomentumSgd) {
  for (const std::size_t size : sizes) {
    const float low = size < 100 ? 0.1F : -1;  // few elements must not cancel
    const std::vector<float> first_gradient = random.floats(size, low);
    const std::vector<float> second_gradient = random.floats(size, low);
    const std::vector<float> start = random.floats(size, 1, 2);
    const auto momentum = put(std::vector<float>(size, 0));
    const auto parameter = put(start);
    std::vector<double> velocity(size);
    std::vector<double> expected = doubles(start);
    for (const auto& gradients : {first_gradient, second_gradient}) {
      const auto gradient = put(gradients);
      momentum_sgd(stream(), {gradient, momentum, parameter, 0.5F, 0.875F, 48});
      for (std::size_t i = 0; i < size; ++i) {
        velocity[i] = 0.875 * velocity[i] + gradients[i] / 48.0;
        expected[i] -= 0.5 * velocity[i];
      }
      EXPECT_EQ(get(gradient), gradients) << "the gradient is read only";
    }
    EXPECT_LE(relative_error(get(momentum), velocity), 1e-6) << size << " elements";
    EXPECT_LE(relative_error(get(parameter), expected), 1e-6) << size << " elements";
  }
}

// Integers times 7 over 7: a product with a rounded 1/7 would miss some of them.
TEST_P(PointwiseTest, MomentumSgdDividesExactly) {
  std::vector<float> gradients(1000);
  std::vector<float> quotients(gradients.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    quotients[i] = static_cast<float>(1 + random.below(1U << 20U));
    gradients[i] = 7 * quotients[i];
  }
  const auto gradient = put(gradients);
  const auto momentum = put(std::vector<float>(gradients.size(), 0));
  const auto parameter = put(std::vector<float>(gradients.size(), 0));
  momentum_sgd(stream(), {gradient, momentum, parameter, 1, 0.9F, 7});
  EXPECT_EQ(get(momentum), quotients);
}

INSTANTIATE_TEST_SUITE_P(Devices, PointwiseTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
