#include "kernels/pattern.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/kernels/random.hpp"

namespace lanemark::test {
namespace {

using pattern::narrow;
using pattern::Wide;
using pattern::widen;

template <class F>
void for_each_type(F&& f) {
  for (const DType dtype : all_dtypes) {
    SCOPED_TRACE(name(dtype));
    dispatch(dtype, [&]<class T>(std::type_identity<T>) { f(T{}); });
  }
}

template <class T>
Wide<T> apply(ReduceOp op, Wide<T> a, Wide<T> b) {
  switch (op) {
    case ReduceOp::prod: return a * b;
    case ReduceOp::min: return std::min(a, b);
    case ReduceOp::max: return std::max(a, b);
    case ReduceOp::sum:
    case ReduceOp::avg: break;
  }
  return a + b;
}

/// Of those tested.
template <class T>
int most_exact_ranks() {
  return 1 << std::min(6, pattern::exact_bits<T>());
}

// Whatever order a collective reduces in, the partial results are those of subsets of ranks; here all runs of
// consecutive ranks from a random one on. Integer products may leave T's range: they wrap, in any order alike.
TEST(Pattern, EveryPartialReductionIsExact) {
  Random random;
  for_each_type([&]<class T>(T) {
    for (const ReduceOp op : all_reduce_ops) {
      for (int ranks = 1; ranks <= most_exact_ranks<T>(); ++ranks) {
        for (int repetition = 0; repetition < 8; ++repetition) {
          const std::uint64_t seed = random.bits();
          const std::uint64_t i = random.bits() >> 20U;
          const auto start = static_cast<int>(random.below(static_cast<std::size_t>(ranks)));
          Wide<T> partial = pattern::value<T>(op, ranks, seed, start, i);
          ASSERT_EQ(widen(narrow<T>(partial)), partial) << name(op) << ", ranks " << ranks;
          for (int k = 1; k < ranks; ++k) {
            partial = apply<T>(op, partial, pattern::value<T>(op, ranks, seed, (start + k) % ranks, i));
            if (std::is_integral_v<T> && op == ReduceOp::prod) continue;
            ASSERT_EQ(widen(narrow<T>(partial)), partial) << name(op) << ", ranks " << ranks;
          }
          const Wide<T> whole = op == ReduceOp::avg ? partial / ranks : partial;
          ASSERT_EQ(pattern::reduced<T>(op, ranks, seed, i), whole) << name(op) << ", ranks " << ranks;
        }
      }
    }
  });
}

// The sum of the largest magnitudes, of one sign, is the worst case, which no draw finds.
TEST(Pattern, LargestSumIsExact) {
  for_each_type([]<class T>(T) {
    for (int ranks = 1; ranks <= most_exact_ranks<T>(); ++ranks) {
      const auto sum = static_cast<Wide<T>>(pattern::largest<T>(ranks)) * ranks;
      ASSERT_EQ(widen(narrow<T>(sum)), sum) << ranks;
      ASSERT_EQ(widen(narrow<T>(sum - 1)), sum - 1) << ranks;
    }
  });
}

TEST(Pattern, ValuesAreNeverZeroAndDiffer) {
  const std::uint64_t seed = Random{}.bits();
  for_each_type([&]<class T>(T) {
    std::set<Wide<T>> seen;
    int same_for_both_ranks = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const Wide<T> value = pattern::value<T>(ReduceOp::sum, 2, seed, 0, i);
      ASSERT_NE(value, 0);
      seen.insert(value);
      if (value == pattern::value<T>(ReduceOp::sum, 2, seed, 1, i)) ++same_for_both_ranks;
    }
    const std::uint64_t values = (std::is_unsigned_v<T> ? 1 : 2) * pattern::largest<T>(2);
    EXPECT_GE(seen.size(), std::min<std::uint64_t>(50, values));
    EXPECT_LE(same_for_both_ranks, 50 + 1500 / static_cast<int>(std::min<std::uint64_t>(values, 1500)));
  });
}

// A library may scale by a rounded 1/ranks first, or divide at the end; both must pass.
TEST(Pattern, AverageToleratesBothWaysOfDividing) {
  Random random;
  for_each_type([&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) {
      for (int ranks = 1; ranks <= 64; ++ranks) {
        const double allowed = pattern::tolerance<T>(ReduceOp::avg, ranks);
        const auto rounded = [](double wide) { return widen(narrow<T>(wide)); };
        const std::uint64_t seed = random.bits();
        for (std::uint64_t i = 0; i < 200; ++i) {
          double scaled_first = 0;
          double sum = 0;
          for (int rank = 0; rank < ranks; ++rank) {
            const double value = pattern::value<T>(ReduceOp::avg, ranks, seed, rank, i);
            sum += value;
            scaled_first = rounded(scaled_first + rounded(value * rounded(1.0 / ranks)));
          }
          const double expected = pattern::reduced<T>(ReduceOp::avg, ranks, seed, i);
          ASSERT_TRUE(pattern::matches<T>(narrow<T>(scaled_first), expected, allowed)) << ranks;
          ASSERT_TRUE(pattern::matches<T>(narrow<T>(sum / ranks), expected, allowed)) << ranks;
        }
      }
    }
  });
}

// So many ranks that ±1 add up beyond a type's exact integers, in any order.
TEST(Pattern, SumsOfManyRanksStayWithinTheirTolerance) {
  Random random;
  for_each_type([&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) {
      for (int ranks = 1; ranks <= 64; ++ranks) {
        const double allowed = pattern::tolerance<T>(ReduceOp::sum, ranks);
        const std::uint64_t seed = random.bits();
        for (std::uint64_t i = 0; i < 200; ++i) {
          const auto start = static_cast<int>(random.below(static_cast<std::size_t>(ranks)));
          double sum = 0;
          for (int k = 0; k < ranks; ++k) {
            sum = widen(narrow<T>(sum + pattern::value<T>(ReduceOp::sum, ranks, seed, (start + k) % ranks, i)));
          }
          const double expected = pattern::reduced<T>(ReduceOp::sum, ranks, seed, i);
          ASSERT_TRUE(pattern::matches<T>(narrow<T>(sum), expected, allowed)) << ranks << ": " << sum;
        }
      }
    }
  });
}

TEST(Pattern, ToleranceIsZeroWhereResultsAreExact) {
  for_each_type([]<class T>(T) {
    for (int ranks = 1; ranks <= 64; ++ranks) {
      for (const ReduceOp op : all_reduce_ops) {
        const bool power_of_two = (ranks & (ranks - 1)) == 0;
        const bool adds = op == ReduceOp::sum || op == ReduceOp::avg;
        const bool sum_rounds = adds && ranks > most_exact_ranks<T>();
        const bool rounds = !std::is_integral_v<T> && (sum_rounds || (op == ReduceOp::avg && !power_of_two));
        ASSERT_EQ(pattern::tolerance<T>(op, ranks) > 0, rounds) << name(op) << ", ranks " << ranks;
      }
    }
  });
}

TEST(Pattern, MatchesRefusesNaNAndInfinity) {
  for_each_type([]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) {
      EXPECT_TRUE(pattern::matches<T>(narrow<T>(2.0), 2.0, 0));
      EXPECT_FALSE(pattern::matches<T>(narrow<T>(2.0), -2.0, 0));
      EXPECT_FALSE(pattern::matches<T>(narrow<T>(std::nan("")), 2.0, 1e9));
      if constexpr (sizeof(T) > 1) {  // conversion to the 8-bit ones saturates
        EXPECT_FALSE(pattern::matches<T>(narrow<T>(HUGE_VAL), 2.0, 1e9));
        EXPECT_FALSE(pattern::matches<T>(narrow<T>(-HUGE_VAL), 2.0, 1e9));
      }
    }
  });
}

TEST(Pattern, IntegerProductsWrap) {
  EXPECT_EQ(narrow<std::int8_t>(128), -128);
  EXPECT_EQ(narrow<std::uint8_t>(256 + 3), 3);
  EXPECT_TRUE(pattern::matches<std::int8_t>(0, 1 << 14, 0));
}

TEST(Pattern, UniformStaysInItsRange) {
  Random random;
  const std::uint64_t seed = random.bits();
  double sum = 0;
  constexpr int count = 100000;
  for (std::uint64_t i = 0; i < count; ++i) {
    const float value = pattern::uniform(seed, i, -3, 5);
    ASSERT_GE(value, -3);
    ASSERT_LT(value, 5);
    sum += value;
    ASSERT_LT(pattern::uniform(seed, i, 1e6F, 1e6F + 0.125F), 1e6F + 0.125F) << "rounds up to its end";
  }
  EXPECT_NEAR(sum / count, 1, 0.05);  // seven standard deviations of the mean
}

TEST(Pattern, LabelsCoverTheirRange) {
  const std::uint64_t seed = Random{}.bits();
  std::set<std::int32_t> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) seen.insert(pattern::label(seed, i, 10));
  EXPECT_EQ(seen, (std::set<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

}  // namespace
}  // namespace lanemark::test
