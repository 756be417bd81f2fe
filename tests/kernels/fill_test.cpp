// SPDX-License-Identifier: MIT

#include <bit>
#include <cstring>
#include <limits>
#include <set>

#include "kernels/contributions.hpp"
#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

constexpr unsigned long long nowhere = ~0ULL;

class FillTest : public OnDevice {
 protected:
  static constexpr std::size_t sizes[] = {0, 1, 63, 1000, 70001};

  /// The device's own check of `values`, starting from nothing wrong.
  template <class T>
  Mismatch check(const DeviceBuffer<T>& values, CheckPattern arguments) {
    const auto result = put(std::vector<Mismatch>{{0, nowhere}});
    arguments.values = values.data();
    arguments.result = result.data();
    check_pattern(stream(), arguments);
    return get(result).front();
  }

  template <class F>
  static void for_each_dtype(F&& f) {
    for (const DType dtype : all_dtypes) {
      SCOPED_TRACE(name(dtype));
      dispatch(dtype, [&]<class T>(std::type_identity<T>) { f(dtype, T{}); });
    }
  }
};

// Every device must give the very bits of the definition, or ranks on different devices disagree.
TEST_P(FillTest, UniformIsTheDefinitionBitForBit) {
  for (const std::size_t size : sizes) {
    const std::uint64_t seed = random.bits();
    const std::uint64_t first = random.bits() >> 8U;
    const auto values = poisoned(size);
    fill_uniform(stream(), {values, seed, -0.3F, 1.7F, first});
    const auto output = get(values);
    for (std::size_t i = 0; i < size; ++i) {
      const float expected = pattern::uniform(seed, first + i, -0.3F, 1.7F);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(output[i]), std::bit_cast<std::uint32_t>(expected)) << i;
    }
  }
}

TEST_P(FillTest, LabelsAreTheDefinition) {
  for (const std::size_t size : sizes) {
    const std::uint64_t seed = random.bits();
    const std::uint64_t first = random.bits() >> 8U;
    const auto labels = poisoned<std::int32_t>(size);
    fill_labels(stream(), {labels, seed, 10, first});
    std::vector<std::int32_t> expected;
    for (std::size_t i = 0; i < size; ++i) expected.push_back(pattern::label(seed, first + i, 10));
    EXPECT_EQ(get(labels), expected);
  }
}

TEST_P(FillTest, PatternIsTheDefinitionBitForBit) {
  for_each_dtype([&]<class T>(DType dtype, T) {
    for (const ReduceOp op : all_reduce_ops) {
      const std::size_t count = 1003;
      const std::uint64_t seed = random.bits();
      const std::size_t first = random.below(1U << 20U);
      const pattern::Contributions<T> data{op, 6};
      const auto values = poisoned<T>(count);
      fill_pattern(stream(), {dtype, op, 6, 4, seed, first, count, values.data()});
      const auto output = get(values);
      for (std::size_t i = 0; i < count; ++i) {
        const T expected = pattern::narrow<T>(data.value(seed, 4, first + i));
        ASSERT_EQ(std::memcmp(&output[i], &expected, sizeof(T)), 0) << name(op) << " " << i;
      }
    }
  });
}

TEST_P(FillTest, CheckAcceptsWhatFillWrote) {
  for_each_dtype([&]<class T>(DType dtype, T) {
    for (const std::size_t count : sizes) {
      const std::uint64_t seed = random.bits();
      const std::size_t first = random.below(1000);
      const auto values = poisoned<T>(count);
      fill_pattern(stream(), {dtype, ReduceOp::sum, 3, 2, seed, first, count, values.data()});
      const Mismatch right = check(values, {dtype, ReduceOp::sum, 3, 2, seed, first, count, 5, nullptr, nullptr});
      EXPECT_EQ(right.wrong, 0U);
      EXPECT_EQ(right.first, nowhere);
      if (count < 1000) continue;
      // Of n equally likely values one in n is right by chance.
      std::set<pattern::Wide<T>> choices;
      for (const T value : get(values)) choices.insert(pattern::widen(value));
      const auto least =
          static_cast<std::size_t>(0.9 * (1 - 1 / static_cast<double>(choices.size())) * static_cast<double>(count));
      const Mismatch other_rank = check(values, {dtype, ReduceOp::sum, 3, 1, seed, first, count, 5, nullptr, nullptr});
      EXPECT_GT(other_rank.wrong, least);
      const Mismatch shifted = check(values, {dtype, ReduceOp::sum, 3, 2, seed, first + 1, count, 5, nullptr, nullptr});
      EXPECT_GT(shifted.wrong, least);
    }
  });
}

TEST_P(FillTest, CheckFindsCorruptedElements) {
  constexpr std::size_t count = 5000;
  for_each_dtype([&]<class T>(DType dtype, T) {
    const std::uint64_t seed = random.bits();
    const CheckPattern arguments{dtype, ReduceOp::sum, 4, 3, seed, 77, count, 100000, nullptr, nullptr};
    for (const std::size_t corrupted : {std::size_t{0}, 1 + random.below(count - 2), count - 1}) {
      const auto values = poisoned<T>(count);
      fill_pattern(stream(), {dtype, ReduceOp::sum, 4, 3, seed, 77, count, values.data()});
      const auto expected = pattern::Contributions<T>{ReduceOp::sum, 4}.value(seed, 3, 77 + corrupted);
      const T wrong = pattern::narrow<T>(expected + 1);
      stream().copy(values.data() + corrupted, &wrong, Bytes{sizeof(T)});
      const Mismatch found = check(values, arguments);
      EXPECT_EQ(found.wrong, 1U);
      EXPECT_EQ(found.first, 100000 + corrupted);
      if constexpr (!std::is_integral_v<T>) {
        const T nan = pattern::narrow<T>(std::numeric_limits<double>::quiet_NaN());
        stream().copy(values.data() + corrupted, &nan, Bytes{sizeof(T)});
        EXPECT_EQ(check(values, arguments).wrong, 1U) << "NaN";
      }
    }
    const Mismatch unwritten = check(poisoned<T>(count), arguments);
    if constexpr (std::is_integral_v<T>) {
      // The poison is -1 or the largest value there, which a few elements rightly have.
      EXPECT_GT(unwritten.wrong, count * 3 / 4);
    } else {
      EXPECT_EQ(unwritten.wrong, count);
      EXPECT_EQ(unwritten.first, 100000U);
    }
  });
}

// Calls add up, so that the pieces of a large output share one result.
TEST_P(FillTest, CheckAddsToItsResult) {
  const std::uint64_t seed = random.bits();
  const auto values = poisoned(100);
  const auto result = put(std::vector<Mismatch>{{0, nowhere}});
  const CheckPattern piece{DType::float32, ReduceOp::sum, 2, 0, seed, 0, 50, 50, values.data() + 50, result.data()};
  check_pattern(stream(), piece);
  CheckPattern earlier = piece;
  earlier.offset = 0;
  check_pattern(stream(), earlier);
  check_pattern(stream(), piece);
  EXPECT_EQ(get(result).front().wrong, 150U);
  EXPECT_EQ(get(result).front().first, 0U);
}

// All ranks' contributions, reduced by the device's own combine and divide, are what check expects of a collective.
TEST_P(FillTest, CombineOfAllRanksIsTheExpectedReduction) {
  constexpr std::size_t count = 400;
  for_each_dtype([&]<class T>(DType dtype, T) {
    for (const ReduceOp op : all_reduce_ops) {
      for (const int ranks : {1, 2, 3, 4, 7, 8, 15, 16, 64}) {
        const std::uint64_t seed = random.bits();
        const auto sum = poisoned<T>(count);
        const auto contribution = poisoned<T>(count);
        fill_pattern(stream(), {dtype, op, ranks, 0, seed, 3, count, sum.data()});
        for (int rank = 1; rank < ranks; ++rank) {
          fill_pattern(stream(), {dtype, op, ranks, rank, seed, 3, count, contribution.data()});
          combine(stream(), {dtype, op, count, contribution.data(), sum.data()});
        }
        if (op == ReduceOp::avg) divide(stream(), {dtype, count, sum.data(), ranks});
        const CheckPattern arguments{dtype, op, ranks, -1, seed, 3, count, 0, nullptr, nullptr};
        EXPECT_EQ(check(sum, arguments).wrong, 0U) << name(op) << ", ranks " << ranks;
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Devices, FillTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
