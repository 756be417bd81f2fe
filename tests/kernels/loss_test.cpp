#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"
#include "tests/kernels/reference.hpp"

namespace lanemark::test {
namespace {

class LossTest : public OnDevice {
 protected:
  void check(std::size_t rows, std::size_t classes, float range) {
    SCOPED_TRACE(::testing::Message() << "rows " << rows << ", classes " << classes << ", logits to " << range);
    const std::vector<float> inputs = random.floats(rows * classes, -range, range);
    const std::vector<std::int32_t> targets = random.labels(rows, classes);
    const auto logits = put(inputs);
    const auto labels = put(targets);
    const auto dlogits = poisoned(rows * classes);
    const auto loss = poisoned(rows);
    softmax_cross_entropy(stream(), {rows, classes, logits, labels, dlogits, loss});
    EXPECT_LE(relative_error(get(loss), cross_entropy(rows, classes, doubles(inputs), targets)), single_precision);
    EXPECT_LE(relative_error(get(dlogits), cross_entropy_gradient(rows, classes, doubles(inputs), targets)),
              single_precision);
  }
};

TEST_P(LossTest, LossAndGradient) {
  for (const std::size_t rows : {0UL, 1UL, 7UL, 64UL, 130UL}) {
    for (const std::size_t classes : {2UL, 3UL, 10UL, 32UL, 33UL, 1000UL, 1025UL}) {
      check(rows, classes, rows == 1 ? 1 : 3);  // a single loss must not come close to 0
    }
  }
}

// exp(200) is beyond float: only with the maximum subtracted does this come out.
TEST_P(LossTest, LargeLogits) { check(33, 10, 200); }

TEST_P(LossTest, OneClassHasNoLoss) {
  const auto logits = put(std::vector<float>{5, -3});
  const auto labels = put(std::vector<std::int32_t>{0, 0});
  const auto dlogits = poisoned(2);
  const auto loss = poisoned(2);
  softmax_cross_entropy(stream(), {2, 1, logits, labels, dlogits, loss});
  EXPECT_EQ(get(loss), (std::vector<float>{0, 0}));
  EXPECT_EQ(get(dlogits), (std::vector<float>{0, 0}));
}

INSTANTIATE_TEST_SUITE_P(Devices, LossTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
