// SPDX-License-Identifier: MIT

#include "kernels/operations.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class OptimizerTest : public OnDevice {
 protected:
  static constexpr std::size_t sizes[] = {0, 1, 7, 31, 256, 1000, 4099, 100003};

  /// The parameters as bfloat16, or no array.
  [[nodiscard]] DeviceBuffer<BFloat16> copy(bool wanted, std::size_t size) const {
    return poisoned<BFloat16>(wanted ? size : 0);
  }
  void expect_copy(const DeviceBuffer<BFloat16>& copy, const std::vector<float>& parameters) const {
    if (copy.size() == 0) return;
    const auto found = get(copy);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      ASSERT_EQ(found[i].bits, BFloat16{parameters[i]}.bits) << "element " << i;
    }
  }
};

TEST_P(OptimizerTest, MomentumSgd) {
  for (const std::size_t size : sizes) {
    for (const bool with_copy : {false, true}) {
      const float low = size < 100 ? 0.1F : -1;  // few elements must not cancel
      const std::vector<float> start = random.floats(size, 1, 2);
      const auto momentum = put(std::vector<float>(size, 0));
      const auto parameter = put(start);
      const auto narrow = copy(with_copy, size);
      std::vector<double> velocity(size);
      std::vector<double> expected = doubles(start);
      for (int step = 0; step < 2; ++step) {
        const std::vector<float> gradients = random.floats(size, low);
        const auto gradient = put(gradients);
        momentum_sgd(stream(), {gradient, momentum, parameter, 0.5F, 0.875F, 48, narrow});
        for (std::size_t i = 0; i < size; ++i) {
          velocity[i] = 0.875 * velocity[i] + gradients[i] / 48.0;
          expected[i] -= 0.5 * velocity[i];
        }
        EXPECT_EQ(get(gradient), gradients) << "the gradient is read only";
      }
      EXPECT_LE(relative_error(get(momentum), velocity), 1e-6) << size << " elements";
      EXPECT_LE(relative_error(get(parameter), expected), 1e-6) << size << " elements";
      expect_copy(narrow, get(parameter));
    }
  }
}

// Integers times 7 over 7: a product with a rounded 1/7 would miss some of them.
TEST_P(OptimizerTest, MomentumSgdDividesExactly) {
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

TEST_P(OptimizerTest, AdamW) {
  for (const std::size_t size : sizes) {
    for (const bool with_copy : {false, true}) {
      const std::vector<float> start = random.floats(size, 1, 2);
      const auto mean = put(std::vector<float>(size, 0));
      const auto square = put(std::vector<float>(size, 0));
      const auto parameter = put(start);
      const auto narrow = copy(with_copy, size);
      std::vector<double> expected = doubles(start);
      std::vector<double> of_mean(size);
      std::vector<double> of_square(size);
      for (int step = 1; step <= 3; ++step) {
        const std::vector<float> gradients = random.floats(size, 0.1F);
        const auto gradient_buffer = put(gradients);
        adamw(stream(),
              {gradient_buffer, mean, square, parameter, 0.25F, 0.875F, 0.96875F, 1e-3F, 0.125F, 16, step, narrow});
        stream().synchronize();  // before the gradient goes
        for (std::size_t i = 0; i < size; ++i) {
          const double gradient = gradients[i] / 16.0;
          of_mean[i] = 0.875 * of_mean[i] + 0.125 * gradient;
          of_square[i] = 0.96875 * of_square[i] + 0.03125 * gradient * gradient;
          const double rate = of_mean[i] / (1 - std::pow(0.875, step));
          const double size_of_step = std::sqrt(of_square[i] / (1 - std::pow(0.96875, step))) + double{1e-3F};
          expected[i] -= 0.25 * 0.125 * expected[i] + 0.25 * rate / size_of_step;
        }
      }
      EXPECT_LE(relative_error(get(mean), of_mean), 1e-6) << size << " elements";
      EXPECT_LE(relative_error(get(square), of_square), 1e-6) << size << " elements";
      EXPECT_LE(relative_error(get(parameter), expected), 1e-5) << size << " elements";
      expect_copy(narrow, get(parameter));
    }
  }
}

// One definition for both devices, to the bit: every operation rounds to float, in this order. Arrays begin where they
// may in an arena, aligned alike or not.
class ExactOptimizerTest : public OptimizerTest {
 protected:
  void expect_equal(const TypedBuffer& found, const std::vector<float>& expected, const char* what) const {
    EXPECT_EQ(found.get(), expected) << what;
  }
  static DeviceSpan<float> floats(const TypedBuffer& buffer) {
    return {buffer.span().as<float>(), buffer.span().size()};
  }
  static DeviceSpan<BFloat16> narrow(const TypedBuffer& buffer) {
    return {buffer.span().as<BFloat16>(), buffer.span().size()};
  }
};

TEST_P(ExactOptimizerTest, MomentumSgd) {
  const float rate = random.floats(1, 0.001F, 0.1F).front();
  const float factor = random.floats(1, 0.5F, 1).front();
  for (const std::size_t size : sizes) {
    for (const std::size_t offset : {0UL, 1UL, 3UL}) {
      const std::vector<float> gradients = random.floats(size);
      std::vector<float> velocity = random.floats(size);
      std::vector<float> expected = random.floats(size);
      const TypedBuffer gradient{stream(), DType::float32, gradients, offset};
      const TypedBuffer momentum{stream(), DType::float32, velocity, offset};
      const TypedBuffer parameter{stream(), DType::float32, expected, 1};
      const TypedBuffer copy_of_it{stream(), DType::bfloat16, size, offset};
      momentum_sgd(stream(),
                   {floats(gradient), floats(momentum), floats(parameter), rate, factor, 48, narrow(copy_of_it)});
      for (std::size_t i = 0; i < size; ++i) {
        const float kept = factor * velocity[i];
        const float added = gradients[i] / 48;
        velocity[i] = kept + added;
        const float change = rate * velocity[i];
        expected[i] -= change;
      }
      SCOPED_TRACE(::testing::Message() << size << " elements, offset " << offset);
      expect_equal(momentum, velocity, "momentum");
      expect_equal(parameter, expected, "parameter");
      expect_equal(copy_of_it, rounded(expected, DType::bfloat16), "copy");
    }
  }
}

TEST_P(ExactOptimizerTest, AdamW) {
  constexpr float rate = 0.003F;
  constexpr float beta1 = 0.9F;
  constexpr float beta2 = 0.999F;
  constexpr float weight_decay = 0.01F;
  constexpr int step = 7;
  const auto mean_correction = static_cast<float>(1 - std::pow(double{beta1}, step));
  const auto square_correction = static_cast<float>(1 - std::pow(double{beta2}, step));
  for (const std::size_t size : sizes) {
    for (const std::size_t offset : {0UL, 1UL}) {
      const std::vector<float> gradients = random.floats(size, -10, 10);  // so large that the last bit of g² counts
      std::vector<float> means = random.floats(size);
      std::vector<float> squares = random.floats(size, 0, 0.01F);
      std::vector<float> expected = random.floats(size);
      const TypedBuffer gradient{stream(), DType::float32, gradients, offset};
      const TypedBuffer mean{stream(), DType::float32, means, offset};
      const TypedBuffer square{stream(), DType::float32, squares, offset};
      const TypedBuffer parameter{stream(), DType::float32, expected, offset};
      const TypedBuffer copy_of_it{stream(), DType::bfloat16, size, offset};
      adamw(stream(), {floats(gradient), floats(mean), floats(square), floats(parameter), rate, beta1, beta2, 1e-8F,
                       weight_decay, 3, step, narrow(copy_of_it)});
      for (std::size_t i = 0; i < size; ++i) {
        const float g = gradients[i] / 3;
        const float decay = rate * weight_decay;
        const float lost = decay * expected[i];
        const float kept = expected[i] - lost;
        const float old_mean = beta1 * means[i];
        const float new_mean = (1 - beta1) * g;
        means[i] = old_mean + new_mean;
        const float g_squared = g * g;
        const float old_square = beta2 * squares[i];
        const float new_square = (1 - beta2) * g_squared;
        squares[i] = old_square + new_square;
        const float root = std::sqrt(squares[i] / square_correction);
        const float direction = means[i] / mean_correction / (root + 1e-8F);
        const float change = rate * direction;
        expected[i] = kept - change;
      }
      SCOPED_TRACE(::testing::Message() << size << " elements, offset " << offset);
      expect_equal(mean, means, "mean");
      expect_equal(square, squares, "square");
      expect_equal(parameter, expected, "parameter");
      expect_equal(copy_of_it, rounded(expected, DType::bfloat16), "copy");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, ExactOptimizerTest, every_kind(), kind_name);
INSTANTIATE_TEST_SUITE_P(Devices, OptimizerTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
