// SPDX-License-Identifier: MIT

// That verification finds what is wrong wherever it is: outputs spoilt after they were written.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "bench/kernels/arrays.hpp"
#include "bench/kernels/comparison.hpp"
#include "bench/kernels/kernel.hpp"
#include "bench/kernels/projection.hpp"
#include "tests/bench/kernels/small_shape.hpp"

namespace lanemark {
namespace {

/// An array in host memory, element by element.
class Elements {
 public:
  explicit Elements(Array array) : array_{array} {}
  [[nodiscard]] std::size_t size() const { return array_.size(); }
  [[nodiscard]] double get(std::size_t i) const {
    if (array_.dtype() == DType::int64) return static_cast<double>(array_.as<std::int64_t>()[i]);
    if (array_.dtype() == DType::bfloat16) return static_cast<float>(array_.as<BFloat16>()[i]);
    return array_.as<float>()[i];
  }
  void set(std::size_t i, double value) const {
    if (array_.dtype() == DType::int64)
      array_.as<std::int64_t>()[i] = std::isnan(value) ? -1 : static_cast<std::int64_t>(value);
    else if (array_.dtype() == DType::bfloat16) array_.as<BFloat16>()[i] = BFloat16{static_cast<float>(value)};
    else array_.as<float>()[i] = static_cast<float>(value);
  }
  /// The usual size of an element.
  [[nodiscard]] double usual() const {
    double squares = 0;
    for (std::size_t i = 0; i < size(); ++i) squares += std::pow(get(i), 2);
    return std::sqrt(squares / static_cast<double>(size()));
  }
  void add(std::size_t first, std::size_t count, double value) const {
    for (std::size_t i = first; i < first + count; ++i) set(i, get(i) + value);
  }

 private:
  Array array_;
};

class Spoilt : public ::testing::TestWithParam<const Kernel*> {
 protected:
  /// Runs the kernel, spoils what it wrote to `output`, and tells what was found.
  std::string found(KernelData& data, std::size_t output, const std::function<void(const Elements&)>& spoil) {
    data.restore();
    data.run({stream});
    stream.ref().synchronize();
    spoil(Elements{data.outputs().at(output)});
    return data.problem({stream});
  }

  Stream stream{Device{}};
};

TEST_P(Spoilt, EveryElementABlockAndAllAreFoundWrong) {
  const Kernel& kernel = *GetParam();
  const KernelShape shape = parse_kernel_shape(kernel.family, small_shape(kernel.family));
  for (const Precision precision : all_precisions) {
    const auto data = kernel.make(stream, shape, precision, 7);
    for (std::size_t output = 0; output < data->outputs().size(); ++output) {
      SCOPED_TRACE(::testing::Message() << kernel.name << " " << name(precision) << " output " << output);
      ASSERT_EQ(found(*data, output, [](const Elements&) {}), "");
      const std::size_t size = data->outputs()[output].size();
      const std::size_t stride = std::max<std::size_t>(1, size / 23);
      for (std::size_t i = 0; i < size; i += stride) {
        EXPECT_NE(found(*data, output, [i](const Elements& e) { e.add(i, 1, e.usual()); }), "") << "element " << i;
      }
      EXPECT_NE(found(*data, output, [](const Elements& e) { e.add(e.size() - 1, 1, e.usual()); }), "") << "last";
      EXPECT_NE(found(*data, output, [](const Elements& e) { e.add(e.size() / 2, (e.size() + 1) / 2, e.usual()); }),
                "");
      EXPECT_NE(found(*data, output, [](const Elements& e) { e.add(0, e.size(), e.usual()); }), "");
      EXPECT_NE(found(*data, output, [](const Elements& e) { e.set(e.size() / 2, std::nan("")); }), "");
    }
  }
}

// Sums of one term, of few, of one output: however they cancel, a right result is right.
TEST_P(Spoilt, TinyShapesAreRight) {
  const Kernel& kernel = *GetParam();
  const auto shapes = [&]() -> std::vector<std::string> {
    switch (kernel.family) {
      case KernelFamily::linear: return {"1x1x1", "1x17x5", "1x2x1", "3x1x2", "5x3x1"};
      case KernelFamily::convolution: return {"1x1x1x1x1", "1x1x1x8x1", "1x2x1x1x3", "1x3x3x1x1x1", "2x3x2x2x1x3x2"};
      case KernelFamily::elements: return {"1", "2", "5"};
      case KernelFamily::rows: return {"1x1", "1x2", "3x1", "2x3"};
      case KernelFamily::images: break;
    }
    return {"1x2x2x1", "1x2x4x3"};
  }();
  for (const std::string& shape : shapes) {
    for (const Precision precision : all_precisions) {
      for (const Compute compute : {Compute::hand, Compute::library}) {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
          const auto data = kernel.make(stream, parse_kernel_shape(kernel.family, shape), precision, 1000 * seed);
          data->restore();
          data->run({stream, compute});
          stream.ref().synchronize();
          ASSERT_EQ(data->problem({stream, compute}), "") << shape << " " << name(precision) << " " << name(compute);
        }
      }
    }
  }
}

/// A product of random matrices with factors cut off as tensor cores cut them, and a check of it.
struct CutOffProduct {
  ProductShape shape;
  std::vector<float> left, right, found;

  CutOffProduct(const ProductShape& of, std::uint64_t seed) : shape{of}, found(of.rows * of.columns) {
    std::mt19937_64 engine{seed};
    std::uniform_real_distribution<float> values{-1, 1};
    for (std::size_t i = 0; i < of.rows * of.depth; ++i) left.push_back(values(engine));
    for (std::size_t i = 0; i < of.columns * of.depth; ++i) right.push_back(values(engine));
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (std::size_t k = 0; k < of.depth; ++k) found[i] += cut(left_of(i, k)) * cut(right_of(i, k));
    }
  }
  [[nodiscard]] float left_of(std::size_t i, std::size_t k) const { return left[i / shape.columns * shape.depth + k]; }
  [[nodiscard]] float right_of(std::size_t i, std::size_t k) const {
    return right[i % shape.columns * shape.depth + k];
  }
  static float cut(float value) { return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xffffe000U); }

  [[nodiscard]] std::string problem(Precision said = Precision::tf32) const {
    const Projection projection{shape.columns, block_width(shape), 1};
    const Folded folded = fold_columns(projection, shape.depth, right);
    const Predicted predicted = predict(projection, shape, folded, [this](std::size_t row, const auto& use) {
      use(left.data() + row * shape.depth, shape.depth, 0);
    });
    const ProductError error = product_error(said, DType::float32, shape.depth);
    const std::string wrong = check_product(projection, shape, predicted, folded, error, found);
    if (!wrong.empty()) return wrong;
    // Another way to the same product, exact but for its last rounding.
    std::vector<float> plain;
    for (std::size_t i = 0; i < found.size(); ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < shape.depth; ++k) sum += double{left_of(i, k)} * right_of(i, k);
      plain.push_back(static_cast<float>(sum));
    }
    return check_fused(projection, shape, predicted, folded, error, found, plain,
                       [](std::size_t, double value) { return value; });
  }
};

TEST(CutOff, ProductsAreNoFloats) {
  for (const std::size_t depth : {256U, 4096U, 65536U}) {
    const CutOffProduct product{{16, 16, depth}, depth};
    EXPECT_EQ(product.problem(Precision::tf32), "") << depth;
    EXPECT_NE(product.problem(Precision::fp32), "") << depth;
  }
}

TEST(CutOff, ProductsAreRightAtAnySizeAndWrongWithoutATerm) {
  int hidden = 0;
  int dropped = 0;
  for (const ProductShape& shape : {ProductShape{1, 5, 17}, ProductShape{1, 1, 17}, ProductShape{1, 1, 1},
                                    ProductShape{2, 1, 2}, ProductShape{1, 3, 100}, ProductShape{4, 4, 64}}) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      CutOffProduct product{shape, seed};
      ASSERT_EQ(product.problem(), "") << shape.rows << "x" << shape.columns << "x" << shape.depth << ", seed " << seed;
      const std::size_t term = seed % shape.depth;
      product.found.back() -=
          product.left_of(product.found.size() - 1, term) * product.right_of(product.found.size() - 1, term);
      ++dropped;
      if (product.problem().empty()) ++hidden;
    }
  }
  EXPECT_LT(hidden, dropped / 6) << "only terms that are nearly nothing";
}

std::string test_name(const ::testing::TestParamInfo<const Kernel*>& of) { return std::string{of.param->name}; }
INSTANTIATE_TEST_SUITE_P(Kernels, Spoilt, ::testing::ValuesIn(Registry<Kernel>::all()), test_name);

/// Spoils one element after the other of a result whose columns are checked many at a time.
void expect_one_of_many_found(std::string_view kernel_name, std::string_view shape, Precision precision) {
  SCOPED_TRACE(::testing::Message() << kernel_name << " " << shape << " " << name(precision));
  const Stream stream{Device{}};
  const Kernel& kernel = Registry<Kernel>::get("kernel", kernel_name);
  const auto data = kernel.make(stream, parse_kernel_shape(kernel.family, shape), precision, 7);
  const Executor library{stream, Compute::library};
  const auto spoilt = [&](const std::function<void(const Elements&)>& spoil) {
    data->restore();
    data->run(library);
    stream.ref().synchronize();
    spoil(Elements{data->outputs().front()});
    return data->problem(library);
  };
  ASSERT_EQ(spoilt([](const Elements&) {}), "");
  EXPECT_NE(spoilt([](const Elements& e) { e.add(e.size() / 7 * 3, 1, e.usual()); }), "");
  EXPECT_NE(spoilt([](const Elements& e) { e.add(e.size() - 1, 1, -e.usual()); }), "");
}

TEST(Verification, FindsOneElementOfTwoMillion) {
  ASSERT_EQ(block_width({512, 4096, 4096}), 32U);
  expect_one_of_many_found("linear_forward", "512x4096x4096", Precision::bf16);
  expect_one_of_many_found("linear_backward_data", "512x4096x1024", Precision::bf16);
  expect_one_of_many_found("linear_backward_weight", "256x1024x2048", Precision::tf32);
  expect_one_of_many_found("convolution_forward", "8x32x32x64x64", Precision::bf16);
  expect_one_of_many_found("convolution_backward_data_relu", "8x32x32x64x64", Precision::bf16);
  expect_one_of_many_found("convolution_backward_weight", "8x32x32x64x64", Precision::bf16);
}

/// A product whose elements are rounded to bfloat16, as Freivalds's check sees it.
struct RoundedProduct {
  ProductShape shape;
  std::size_t width;
  std::vector<float> left, right, result;

  RoundedProduct(ProductShape of, std::size_t block) : shape{of}, width{block} {
    const Stream stream{Device{}};
    left = KernelArray::random(stream, DType::bfloat16, shape.rows * shape.depth, 1).download();
    right = KernelArray::random(stream, DType::bfloat16, shape.columns * shape.depth, 2).download();
    result.resize(shape.rows * shape.columns);
    for (std::size_t row = 0; row < shape.rows; ++row) {
      for (std::size_t column = 0; column < shape.columns; ++column) {
        float sum = 0;
        for (std::size_t k = 0; k < shape.depth; ++k) {
          sum += left[row * shape.depth + k] * right[column * shape.depth + k];
        }
        result[row * shape.columns + column] = static_cast<float>(BFloat16{sum});
      }
    }
  }
  [[nodiscard]] std::string problem() const {
    const Projection projection{shape.columns, width, 5};
    const Folded folded = fold_columns(projection, shape.depth, right);
    const Predicted sums = predict(projection, shape, folded, [&](std::size_t row, const auto& use) {
      use(left.data() + row * shape.depth, shape.depth, 0);
    });
    return check_product(projection, shape, sums, folded, product_error(Precision::bf16, DType::bfloat16, shape.depth),
                         result);
  }
};

TEST(Verification, AHalfOfTheUsualSizeIsFoundInTheWidestBlocks) {
  RoundedProduct product{{16, 1024, 512}, 128};
  ASSERT_EQ(product.problem(), "");
  const float usual = std::sqrt(512.0F) / 3;
  for (std::size_t i = 0; i < product.result.size(); i += 997) {
    const float right = product.result[i];
    product.result[i] = right + usual / 2;
    EXPECT_NE(product.problem(), "") << i;
    product.result[i] = right;
  }
}

TEST(Verification, ErrorsThatCancelInARowsSumAreFound) {
  std::size_t found = 0;
  for (std::size_t other = 1; other < 16; ++other) {
    RoundedProduct product{{1, 256, 64}, 128};
    product.result[0] += 4;
    product.result[other] -= 4;
    found += product.problem().empty() ? 0 : 1;
  }
  EXPECT_GE(found, 3U);  // where the signs differ, which is every other time
}

TEST(Verification, BlocksWidenWithTheProduct) {
  EXPECT_EQ(block_width({64, 256, 256}), 1U);
  EXPECT_EQ(block_width({4096, 4096, 4096}), 128U);
  EXPECT_EQ(block_width({8192, 8192, 8192}), 512U);
}

TEST(Verification, SaysWhereTheFirstMistakeIs) {
  std::vector<float> values(100000, 2.0F);
  const auto problem = [&](Allowed allowed) { return compare(values, allowed, [](std::size_t) { return 2.0; }); };
  EXPECT_EQ(problem({}), "");
  values[99000] = 3;
  values[70000] = 1;
  EXPECT_EQ(problem({}), "2 of 100000 outputs are wrong, the first at 70000: 1 instead of 2");
  EXPECT_EQ(problem({.relative = 0.5}), "");
  EXPECT_EQ(problem({.absolute = 1}), "");
}

}  // namespace
}  // namespace lanemark
