// SPDX-License-Identifier: MIT

#include "kernels/operations.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class LossTest : public OnDevice {
 protected:
  void check(std::size_t rows, std::size_t classes, float range, std::size_t offset = 0) {
    SCOPED_TRACE(::testing::Message() << "rows " << rows << ", classes " << classes << ", logits to " << range
                                      << ", offset " << offset);
    const std::vector<float> inputs = random.floats(rows * classes, -range, range);
    const std::vector<std::int32_t> targets = random.labels(rows, classes);
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      for (const DType gradient_type : {DType::float32, DType::bfloat16}) {
        SCOPED_TRACE(::testing::Message() << name(dtype) << " to " << name(gradient_type));
        const std::vector<float> values = rounded(inputs, dtype);
        const TypedBuffer logits{stream(), dtype, values, offset};
        const TypedBuffer dlogits{stream(), gradient_type, rows * classes, offset};
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

// As many as a GPU keeps in registers of a warp, of a block, of a whole multiprocessor, and more; in whole accesses
// and one by one.
TEST_P(LossTest, WideRows) {
  for (const std::size_t classes : {257UL, 2048UL, 4096UL, 8200UL, 17000UL, 33000UL, 50000UL, 50257UL, 66000UL}) {
    for (const std::size_t offset : {0UL, 1UL}) check(2, classes, 3, offset);
  }
}

TEST_P(LossTest, UnalignedRows) {
  for (const std::size_t classes : {8UL, 16UL, 130UL, 1000UL}) check(9, classes, 3, 1);
}

// Wide rows are summed in one pass, under a maximum that changes on the way.
TEST_P(LossTest, LargeLogitsOfWideRows) { check(3, 70000, 200); }

// The one logit that matters, wherever it stands.
TEST_P(LossTest, LabelsAtTheEnds) {
  for (const std::size_t classes : {10UL, 1000UL, 70000UL}) {
    const std::vector<float> inputs = random.floats(2 * classes);
    const std::vector<std::int32_t> targets{0, static_cast<std::int32_t>(classes) - 1};
    const auto logits = put(inputs);
    const auto labels = put(targets);
    const auto dlogits = poisoned(2 * classes);
    const auto loss = poisoned(2);
    softmax_cross_entropy(stream(), {2, classes, logits, labels, dlogits, loss});
    EXPECT_LE(relative_error(get(loss), cross_entropy(2, classes, doubles(inputs), targets)), single_precision);
    EXPECT_LE(relative_error(get(dlogits), cross_entropy_gradient(2, classes, doubles(inputs), targets)),
              single_precision);
  }
}

TEST_P(LossTest, FaultsReachTheLoss) {
  for (const std::size_t classes : {10UL, 1000UL, 70000UL}) {
    std::vector<float> inputs = random.floats(2 * classes);
    inputs[random.below(classes)] = std::numeric_limits<float>::quiet_NaN();
    const auto logits = put(inputs);
    const auto labels = put(std::vector<std::int32_t>{1, 1});
    const auto dlogits = poisoned(2 * classes);
    const auto loss = poisoned(2);
    softmax_cross_entropy(stream(), {2, classes, logits, labels, dlogits, loss});
    const auto losses = get(loss);
    EXPECT_TRUE(std::isnan(losses[0])) << classes << " classes";
    EXPECT_FALSE(std::isnan(losses[1])) << classes << " classes";
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
