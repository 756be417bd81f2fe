// SPDX-License-Identifier: MIT

#include <limits>

#include "kernels/contributions.hpp"
#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

class CombineTest : public OnDevice {
 protected:
  static constexpr std::size_t counts[] = {0, 1, 255, 1000, 4099};

  /// Any integer; a float near enough to 0 that Half's products stay finite.
  template <class T>
  std::vector<T> draw(std::size_t count) {
    std::vector<T> values(count);
    for (T& value : values) {
      if constexpr (std::is_integral_v<T>) value = static_cast<T>(random.bits());
      else value = pattern::narrow<T>(random.floats(1, -50, 50).front());
    }
    return values;
  }

  template <class F>
  static void for_each_dtype(F&& f) {
    for (const DType dtype : all_dtypes) {
      SCOPED_TRACE(name(dtype));
      dispatch(dtype, [&]<class T>(std::type_identity<T>) { f(dtype, T{}); });
    }
  }
};

/// In double or in 64 bits, both wide enough that narrowing the result rounds or wraps exactly once.
template <class T>
T combined(ReduceOp op, T a, T b) {
  using Wide = std::conditional_t<std::is_integral_v<T>, std::uint64_t, double>;
  const auto x = static_cast<Wide>(pattern::widen(a));
  const auto y = static_cast<Wide>(pattern::widen(b));
  const bool less = pattern::widen(a) < pattern::widen(b);
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::avg: return pattern::narrow<T>(static_cast<pattern::Wide<T>>(x + y));
    case ReduceOp::prod: return pattern::narrow<T>(static_cast<pattern::Wide<T>>(x * y));
    case ReduceOp::min: return less ? a : b;
    case ReduceOp::max: break;
  }
  return less ? b : a;
}

template <class T>
std::vector<pattern::Wide<T>> widened(const std::vector<T>& values) {
  std::vector<pattern::Wide<T>> wide;
  for (const T value : values) wide.push_back(pattern::widen(value));
  return wide;
}

TEST_P(CombineTest, EveryTypeAndOperation) {
  for_each_dtype([&]<class T>(DType dtype, T) {
    for (const ReduceOp op : all_reduce_ops) {
      for (const std::size_t count : counts) {
        const std::vector<T> a = draw<T>(count);
        const std::vector<T> b = draw<T>(count);
        const auto accumulator = put(a);
        const auto operand = put(b);
        combine(stream(), {dtype, op, count, operand.data(), accumulator.data()});
        std::vector<T> expected;
        for (std::size_t i = 0; i < count; ++i) expected.push_back(combined(op, a[i], b[i]));
        EXPECT_EQ(widened(get(accumulator)), widened(expected)) << name(op) << " of " << count;
        EXPECT_EQ(widened(get(operand)), widened(b)) << "the operand is read only";
      }
    }
  });
}

// Pieces of a ring or a tree begin anywhere: neither pointer need be aligned to more than its element, and what lies
// around the piece stays.
TEST_P(CombineTest, PiecesBeginAnywhere) {
  constexpr std::size_t around = 32;
  constexpr std::size_t count = 1001;
  for_each_dtype([&]<class T>(DType dtype, T) {
    const std::vector<T> a = draw<T>(count + 2 * around);
    const std::vector<T> b = draw<T>(count + 2 * around);
    for (const std::size_t first : {1UL, 2UL, 5UL, 16UL}) {
      const auto accumulator = put(a);
      const auto operand = put(b);
      combine(stream(), {dtype, ReduceOp::sum, count, operand.data() + 3, accumulator.data() + first});
      std::vector<T> expected = a;
      for (std::size_t i = 0; i < count; ++i) expected[first + i] = combined(ReduceOp::sum, a[first + i], b[3 + i]);
      EXPECT_EQ(widened(get(accumulator)), widened(expected)) << "from element " << first;
    }
  });
}

TEST_P(CombineTest, Divide) {
  for_each_dtype([&]<class T>(DType dtype, T) {
    for (const int divisor : {1, 2, 3, 7, 64}) {
      for (const std::size_t count : counts) {
        const std::vector<T> dividends = draw<T>(count);
        const auto values = put(dividends);
        divide(stream(), {dtype, count, values.data(), divisor});
        std::vector<T> expected;
        for (const T dividend : dividends) expected.push_back(pattern::narrow<T>(pattern::widen(dividend) / divisor));
        EXPECT_EQ(widened(get(values)), widened(expected)) << count << " elements by " << divisor;
      }
    }
  });
}

// Minus one half towards zero is 0, not -1.
TEST_P(CombineTest, DivideRoundsTowardsZero) {
  const auto values = put(std::vector<std::int32_t>{-1, 1, -3, 3, std::numeric_limits<std::int32_t>::min()});
  divide(stream(), {DType::int32, values.size(), values.data(), 2});
  EXPECT_EQ(get(values), (std::vector<std::int32_t>{0, 0, -1, 1, -(1 << 30)}));
}

INSTANTIATE_TEST_SUITE_P(Devices, CombineTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
