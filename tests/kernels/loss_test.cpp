#include "kernels/operations.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class LossTest : public OnDevice {
 protected:
  void check(std::size_t rows, std::size_t classes, float range) {
    SCOPED_TRACE(::testing::Message() << "rows " << rows << ", classes " << classes << ", logits to " << range);
    const std::vector<float> inputs = random.floats(rows * classes, -range, range);
    const std::vector<std::int32_t> targets = random.labels(rows, classes);
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      for (const DType gradient_type : {DType::float32, DType::bfloat16}) {
        SCOPED_TRACE(::testing::Message() << name(dtype) << " to " << name(gradient_type));
        const std::vector<float> values = rounded(inputs, dtype);
        const TypedBuffer logits{stream(), dtype, values};
        const TypedBuffer dlogits{stream(), gradient_type, rows * classes};
        const auto labels = put(targets);
        const auto loss = poisoned(rows);
        softmax_cross_entropy(stream(), {rows, classes, logits, labels, dlogits, loss});
        EXPECT_LE(relative_error(get(loss), cross_entropy(rows, classes, doubles(values), targets)), single_precision);
        EXPECT_LE(relative_error(dlogits.get(), cross_entropy_gradient(rows, classes, doubles(values), targets)),
                  gradient_type == DType::float32 ? single_precision : 1e-2);
      }
    }
  }
};

TEST_P(LossTest, LossAndGradient) {
  for (const std::size_t rows : {0UL, 1UL, 7UL, 64UL, 130UL}) {
    for (const std::size_t classes : {2UL, 3UL, 10UL, 32UL, 33UL, 1000UL, 1025UL}) {
      check(rows, classes, rows == 1 ? 1 : 3);  // a single loss must not come close to 0
    }
  }
}

// As many as a GPU keeps in registers, and more.
TEST_P(LossTest, WideRows) {
  for (const std::size_t classes : {4096UL, 8200UL, 33000UL}) check(2, classes, 3);
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
