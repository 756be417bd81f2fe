// SPDX-License-Identifier: MIT

// Bounds of sums of products against arithmetic played on the host: tf32's operands cut off, bfloat16's rounded, sums
// rounded or cut off in any order. A right result never exceeds them, down to one element; wrong ones do.

#include "kernels/core/rounding.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "tests/kernels/sums_of_products.hpp"

namespace lanemark::test {
namespace {

float cut_off(float value, unsigned bits) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & (0xffffffffU << bits));
}

/// What a device may make of one row and one column.
class PlayedProduct {
 public:
  PlayedProduct(Random& random, const Arithmetic& arithmetic, DType result, std::size_t depth)
      : arithmetic_{arithmetic},
        result_{result},
        x_{rounded(random.floats(depth), arithmetic.dtype)},
        w_{rounded(random.floats(depth), arithmetic.dtype)},
        bias_{random.floats(1).front()} {}

  [[nodiscard]] SumsOfProducts right() const {
    const auto sum = [](const Doubles& x, const Doubles& w) {
      double total = 0;
      for (std::size_t k = 0; k < x.size(); ++k) total += x[k] * w[k];
      return Doubles{total};
    };
    return with_bias(sums_of_products(x_.size(), sum, x_, w_), {bias_});
  }

  [[nodiscard]] std::vector<float> terms() const {
    std::vector<float> products;
    for (std::size_t k = 0; k < x_.size(); ++k) products.push_back(operand(x_[k]) * operand(w_[k]));
    return products;
  }

  /// One after the other, in pieces of eight at a time, or by halves; each addition rounded, or cut off as tensor cores
  /// do.
  [[nodiscard]] std::vector<float> add(std::vector<float> products, std::size_t way) const {
    float sum = 0;
    if (way % 3 == 0) {
      for (const float product : products) sum = added(sum, product, way);
    } else if (way % 3 == 1) {
      for (std::size_t k = 0; k < products.size(); k += 8) {
        double piece = sum;
        for (std::size_t j = k; j < std::min(k + 8, products.size()); ++j) piece += products[j];
        sum = narrowed(piece, way);
      }
    } else {
      while (products.size() > 1) {
        const std::size_t half = (products.size() + 1) / 2;
        for (std::size_t k = half; k < products.size(); ++k) {
          products[k - half] = added(products[k - half], products[k], way);
        }
        products.resize(half);
      }
      sum = products.empty() ? 0 : products.front();
    }
    const bool rounds_before_the_bias = way % 2 == 0;
    if (rounds_before_the_bias) sum = rounded({sum}, result_).front();
    return rounded({sum + bias_}, result_);
  }

 private:
  [[nodiscard]] float operand(float value) const { return arithmetic_.tf32 ? cut_off(value, 13) : value; }
  static float narrowed(double sum, std::size_t way) {
    const auto nearest = static_cast<float>(sum);
    if (way < 3 || std::abs(double{nearest}) <= std::abs(sum)) return nearest;
    return std::nextafter(nearest, 0.0F);
  }
  static float added(float a, float b, std::size_t way) { return narrowed(double{a} + b, way); }

  const Arithmetic& arithmetic_;
  DType result_;
  std::vector<float> x_, w_;
  float bias_;
};

constexpr std::size_t depths[] = {1, 2, 3, 5, 8, 17, 31, 64, 65, 127, 300, 1000};
constexpr std::size_t ways_to_add = 6;

template <class F>
void for_each_product(std::size_t repetitions, F&& f) {
  Random random;
  for (const Arithmetic& arithmetic : all_arithmetic) {
    for (const DType result : {DType::float32, arithmetic.dtype}) {
      for (const std::size_t depth : depths) {
        SCOPED_TRACE(::testing::Message() << arithmetic << " to " << name(result) << ", depth " << depth);
        for (std::size_t i = 0; i < repetitions; ++i) {
          f(PlayedProduct{random, arithmetic, result, depth}, arithmetic, result, random);
        }
      }
    }
  }
}

TEST(Rounding, RightSumsStayWithinTheirBound) {
  for_each_product(500, [](const PlayedProduct& product, const Arithmetic& arithmetic, DType result, Random&) {
    const SumsOfProducts right = product.right();
    for (std::size_t way = 0; way < ways_to_add; ++way) {
      ASSERT_TRUE(are(right, arithmetic, result, product.add(product.terms(), way)));
    }
  });
}

// One term left out, or taken twice: found unless it is as small as the rounding of the others.
TEST(Rounding, ADroppedTermExceedsIt) {
  int found = 0;
  int all = 0;
  for_each_product(100, [&](const PlayedProduct& product, const Arithmetic& arithmetic, DType result, Random& random) {
    const SumsOfProducts right = product.right();
    std::vector<float> terms = product.terms();
    const std::size_t dropped = random.below(terms.size());
    const double term = std::abs(double{terms[dropped]});
    const double bound = largest_error(product_error(arithmetic.precision, result, right.terms), right.terms,
                                       right.rounded.front(), std::sqrt(right.squares.front()));
    terms[dropped] = 0;
    const bool passes = bool{are(right, arithmetic, result, product.add(terms, 1))};
    if (term > 2 * bound) {
      ASSERT_FALSE(passes);
    }
    // Results of 8 bits hide more.
    if (result != DType::float32 || right.terms > 65) return;
    ++all;
    if (!passes) ++found;
  });
  EXPECT_GT(found, all * 9 / 10) << "of " << all;
}

TEST(Rounding, BoundsAreThoseOfTheType) {
  EXPECT_EQ(unit_roundoff(DType::float32), 0x1p-24);
  EXPECT_EQ(unit_roundoff(DType::bfloat16), 0x1p-8);
  EXPECT_EQ(unit_roundoff(DType::half), 0x1p-11);
  EXPECT_EQ(unit_roundoff(DType::float8_e4m3), 0x1p-4);
  EXPECT_EQ(unit_roundoff(DType::float8_e5m2), 0x1p-3);
  EXPECT_EQ(unit_roundoff(DType::float64), 0x1p-53);
  EXPECT_EQ(unit_roundoff(DType::int32), 0);
  EXPECT_EQ(largest_of_errors(1), 1);
  EXPECT_EQ(largest_of_errors(16), 4);
  EXPECT_EQ(largest_of_errors(1000), 8);
  EXPECT_EQ(largest_error({.of_result = 0.5, .of_sum = 0.25, .in_all = 1}, 4, 2, 8), 12 + 4)
      << "itself, and the root of four terms";
}

}  // namespace
}  // namespace lanemark::test
