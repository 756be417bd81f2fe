// SPDX-License-Identifier: MIT

// Right reductions in every order pass, whatever they are added up in, and everything else fails: for all types,
// operations and numbers of ranks.

#include "kernels/contributions.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>

#include "tests/kernels/random.hpp"

namespace lanemark::test {
namespace {

using pattern::Contributions;
using pattern::Expected;
using pattern::matches;
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

template <class F>
void for_each_case(F&& f) {
  for_each_type([&]<class T>(T) {
    for (const ReduceOp op : all_reduce_ops) {
      for (int ranks = 1; ranks <= 64; ++ranks) f(T{}, op, ranks);
      for (const int ranks : {65, 100, 128, 200, 256, 1000}) f(T{}, op, ranks);
    }
  });
}

/// What a sum is kept in while it is made.
template <class T>
using Float = std::conditional_t<SmallFloat<T>, float, T>;

/// One step in the type itself, as MPI's and NCCL's are: integers wrap, floats round.
template <class T>
T one_step(ReduceOp op, T a, T b) {
  using Wrapping = typename lanemark::Arithmetic<T>::Wrapping;
  using Ordered = typename lanemark::Arithmetic<T>::Ordered;
  switch (op) {
    case ReduceOp::prod:
      return static_cast<T>(static_cast<Wrapping>(static_cast<Wrapping>(a) * static_cast<Wrapping>(b)));
    case ReduceOp::min: return static_cast<Ordered>(b) < static_cast<Ordered>(a) ? b : a;
    case ReduceOp::max: return static_cast<Ordered>(a) < static_cast<Ordered>(b) ? b : a;
    case ReduceOp::sum:
    case ReduceOp::avg: break;
  }
  return static_cast<T>(static_cast<Wrapping>(static_cast<Wrapping>(a) + static_cast<Wrapping>(b)));
}

/// One after the other, as a ring does.
template <class T, class Step>
T in_a_row(const std::vector<T>& values, Step&& step) {
  return std::accumulate(values.begin() + 1, values.end(), values.front(), step);
}
/// By halves, as a tree does.
template <class T, class Step>
T by_halves(std::vector<T> values, Step&& step) {
  while (values.size() > 1) {
    const std::size_t half = (values.size() + 1) / 2;
    for (std::size_t i = half; i < values.size(); ++i) values[i - half] = step(values[i - half], values[i]);
    values.resize(half);
  }
  return values.front();
}

/// What the ranks give, in the order in which a collective may meet them.
template <class T>
std::vector<T> in_some_order(std::vector<T> values, std::size_t which, Random& random) {
  const auto start = static_cast<std::ptrdiff_t>(random.below(values.size()));
  if (which % 3 == 0) std::rotate(values.begin(), values.begin() + start, values.end());
  if (which % 3 == 1) std::ranges::reverse(values);
  if (which % 3 == 2) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
  }
  return values;
}

__extension__ using Int128 = __int128;

/// Where sums and products of integers saturate, as Open MPI's of bytes do: right results never come to that.
template <class T>
T saturating(ReduceOp op, T a, T b) {
  if (op == ReduceOp::min || op == ReduceOp::max) return one_step(op, a, b);
  const auto x = static_cast<Int128>(a);
  const auto y = static_cast<Int128>(b);
  const Int128 wide = op == ReduceOp::prod ? x * y : x + y;
  return static_cast<T>(std::clamp<Int128>(wide, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

/// Everything that a right collective may make of one element's contributions.
template <class T>
std::vector<T> right_results(ReduceOp op, const std::vector<T>& given, Random& random) {
  std::vector<T> results;
  const auto step = [op](T a, T b) { return one_step(op, a, b); };
  const auto ranks = static_cast<int>(given.size());
  for (std::size_t which = 0; which < 3; ++which) {
    const std::vector<T> values = in_some_order(given, which, random);
    for (const T reduced : {in_a_row(values, step), by_halves(values, step)}) {
      if (op != ReduceOp::avg) results.push_back(reduced);
      else if constexpr (std::is_integral_v<T>) results.push_back(static_cast<T>(reduced / ranks));
      else results.push_back(static_cast<T>(static_cast<Float<T>>(reduced) / static_cast<Float<T>>(ranks)));
    }
    if constexpr (std::is_integral_v<T>) {
      const T reduced = in_a_row(values, [op](T a, T b) { return saturating(op, a, b); });
      results.push_back(op == ReduceOp::avg ? static_cast<T>(reduced / ranks) : reduced);
    } else {
      using F = Float<T>;
      // Kept in a wider type and rounded once.
      const std::vector<F> wide(values.begin(), values.end());
      const auto wide_step = [op](F a, F b) { return one_step(op, a, b); };
      const F sum = in_a_row(wide, wide_step);
      if (op != ReduceOp::avg) {
        results.push_back(static_cast<T>(sum));
        continue;
      }
      results.push_back(static_cast<T>(sum / static_cast<F>(ranks)));
      results.push_back(static_cast<T>(sum * (F{1} / static_cast<F>(ranks))));
      if (std::is_same_v<T, Float8E4M3> && ranks > 512) continue;  // which has no such scale
      // Scaled by a rounded 1/ranks before they are added, as NCCL does; with and without a fused multiply-add.
      const T scale{F{1} / static_cast<F>(ranks)};
      std::vector<T> scaled;
      for (const T value : values) scaled.push_back(static_cast<T>(static_cast<F>(value) * static_cast<F>(scale)));
      results.push_back(in_a_row(scaled, step));
      results.push_back(by_halves(scaled, step));
      T fused{};
      for (const T value : values) {
        fused = static_cast<T>(std::fma(static_cast<F>(value), static_cast<F>(scale), static_cast<F>(fused)));
      }
      results.push_back(fused);
    }
  }
  return results;
}

template <class T>
std::vector<T> contributions(const Contributions<T>& data, int ranks, std::uint64_t seed, std::uint64_t i) {
  std::vector<T> values;
  for (int rank = 0; rank < ranks; ++rank) values.push_back(narrow<T>(data.value(seed, rank, i)));
  return values;
}

TEST(Contributions, RightResultsPassInEveryOrder) {
  Random random;
  for_each_case([&]<class T>(T, ReduceOp op, int ranks) {
    const Contributions<T> data{op, ranks};
    for (int repetition = 0; repetition < (ranks > 64 ? 4 : 24); ++repetition) {
      const std::uint64_t seed = random.bits();
      const std::uint64_t i = random.bits() >> 20U;
      const std::vector<T> values = contributions(data, ranks, seed, i);
      const Expected<T> expected = data.reduced(seed, i);
      for (const T result : right_results(op, values, random)) {
        ASSERT_TRUE(matches(result, expected))
            << name(op) << ", ranks " << ranks << ": " << static_cast<double>(widen(result)) << " for "
            << static_cast<double>(expected.value) << " +- " << expected.allowed;
      }
    }
  });
}

TEST(Contributions, AreExactInTheTypeAndOfARankAlone) {
  Random random;
  for_each_case([&]<class T>(T, ReduceOp op, int ranks) {
    const Contributions<T> data{op, ranks};
    const std::uint64_t seed = random.bits();
    for (int repetition = 0; repetition < 8; ++repetition) {
      const std::uint64_t i = random.bits() >> 20U;
      const auto rank = static_cast<int>(random.below(static_cast<std::size_t>(ranks)));
      const Wide<T> value = data.value(seed, rank, i);
      ASSERT_EQ(widen(narrow<T>(value)), value) << name(op) << ", ranks " << ranks;
      if (ranks == 1) {
        ASSERT_EQ(data.reduced(seed, i).value, value) << name(op);
      }
      ASSERT_EQ(data.expected(seed, rank, i).value, value);
      ASSERT_EQ(data.expected(seed, -1, i).value, data.reduced(seed, i).value);
    }
  });
}

/// Only averages over a number of ranks that is no power of two round.
TEST(Contributions, AreComparedExactlyWhereTheyAreExact) {
  for_each_case([]<class T>(T, ReduceOp op, int ranks) {
    const bool rounds = !std::is_integral_v<T> && op == ReduceOp::avg && (ranks & (ranks - 1)) != 0;
    ASSERT_EQ(Contributions<T>(op, ranks).reduced(1, 2).allowed > 0, rounds) << name(op) << ", ranks " << ranks;
  });
}

/// Averages over more ranks than the type can tell apart: of 8-bit integers they are 0 whatever the ranks give, and of
/// floats the smallest numbers are no finer.
template <class T>
bool tells_nothing(ReduceOp op, int ranks) {
  if (std::is_same_v<T, Float8E4M3> && op == ReduceOp::avg && ranks > 256) return true;
  if constexpr (sizeof(T) > 1 || !std::is_integral_v<T>) return false;
  else return op == ReduceOp::avg && ranks > std::numeric_limits<T>::max();
}

/// The result in the type of what the ranks should not have given, in some order.
template <class T>
bool passes(ReduceOp op, const std::vector<T>& values, const Expected<T>& expected, Random& random, int ranks) {
  // Divided by the number of ranks that there should have been.
  const auto step = [op](T a, T b) { return one_step(op, a, b); };
  const T reduced = in_a_row(in_some_order(values, random.below(3), random), step);
  if (op != ReduceOp::avg) return matches(reduced, expected);
  if constexpr (std::is_integral_v<T>) return matches(static_cast<T>(reduced / ranks), expected);
  else return matches(static_cast<T>(static_cast<Float<T>>(reduced) / static_cast<Float<T>>(ranks)), expected);
}

// Each rank counts once in so many elements, so that one that is missing, or counted twice, shows in them for certain.
TEST(Contributions, AMissingRankAndOneCountedTwiceShow) {
  Random random;
  for_each_case([&]<class T>(T, ReduceOp op, int ranks) {
    if (ranks == 1 || tells_nothing<T>(op, ranks)) return;
    const bool idempotent = op == ReduceOp::min || op == ReduceOp::max;
    const Contributions<T> data{op, ranks};
    const std::uint64_t seed = random.bits();
    const std::uint64_t first = random.bits() >> 20U;
    const auto odd = random.below(static_cast<std::size_t>(ranks));
    bool missed = true;
    bool missed_twice = !idempotent;
    for (std::uint64_t i = first; i < first + data.turns(); ++i) {
      const Expected<T> expected = data.reduced(seed, i);
      std::vector<T> values = contributions(data, ranks, seed, i);
      values.push_back(values[odd]);
      if (!passes(op, values, expected, random, ranks)) missed_twice = false;
      values.pop_back();
      values.erase(values.begin() + static_cast<std::ptrdiff_t>(odd));
      if (!passes(op, values, expected, random, ranks)) missed = false;
    }
    ASSERT_FALSE(missed) << name(op) << ", ranks " << ranks << ": without rank " << odd;
    ASSERT_FALSE(missed_twice) << name(op) << ", ranks " << ranks << ": rank " << odd << " twice";
    ASSERT_LE(data.turns(), static_cast<std::uint64_t>(ranks));
  });
}

/// What a rank may wrongly give in place of a contribution that counts: another rank's, another element's, none.
TEST(Contributions, AWrongAddendShows) {
  Random random;
  for_each_case([&]<class T>(T, ReduceOp op, int ranks) {
    if (ranks == 1 || op == ReduceOp::min || op == ReduceOp::max || tells_nothing<T>(op, ranks)) return;
    const Contributions<T> data{op, ranks};
    for (int repetition = 0; repetition < (ranks > 64 ? 4 : 24); ++repetition) {
      const std::uint64_t seed = random.bits();
      const std::uint64_t i = random.bits() >> 20U;
      const std::vector<T> right = contributions(data, ranks, seed, i);
      const auto odd = random.below(right.size());
      const Wide<T> others[] = {data.value(seed, static_cast<int>((odd + 1) % right.size()), i),
                                data.value(seed, static_cast<int>(odd), i + 1),
                                data.value(seed + 1, static_cast<int>(odd), i)};
      for (const Wide<T> other : others) {
        if (other == widen(right[odd])) continue;  // not wrong
        std::vector<T> values = right;
        values[odd] = narrow<T>(other);
        ASSERT_FALSE(passes(op, values, data.reduced(seed, i), random, ranks))
            << name(op) << ", ranks " << ranks << ": " << static_cast<double>(other) << " for "
            << static_cast<double>(widen(right[odd]));
      }
    }
  });
}

template <class T>
T with_flipped_bit(T value, std::size_t bit) {
  std::array<unsigned char, sizeof(T)> bytes{};
  std::memcpy(bytes.data(), &value, sizeof(T));
  bytes[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

// Any bit of a result: sign, exponent or fraction. Where a result rounds, those that count less than the rounding may
// be right.
TEST(Contributions, AFlippedBitShows) {
  Random random;
  for_each_case([&]<class T>(T, ReduceOp op, int ranks) {
    const Contributions<T> data{op, ranks};
    for (int repetition = 0; repetition < (ranks > 64 ? 2 : 8); ++repetition) {
      const std::uint64_t seed = random.bits();
      const std::uint64_t i = random.bits() >> 20U;
      const Expected<T> expected = data.reduced(seed, i);
      const T right = narrow<T>(expected.value);
      ASSERT_TRUE(matches(right, expected));
      for (std::size_t bit = 0; bit < 8 * sizeof(T); ++bit) {
        const T wrong = with_flipped_bit(right, bit);
        const double off = std::abs(static_cast<double>(widen(wrong)) - static_cast<double>(widen(right)));
        if (off <= 2 * expected.allowed) continue;
        ASSERT_EQ(matches(wrong, expected), widen(wrong) == widen(right))
            << name(op) << ", ranks " << ranks << ", bit " << bit;
      }
    }
  });
}

// The chance that one element in another's place, or an old one, passes: as often as two right results agree.
TEST(Contributions, AnotherElementSeldomPasses) {
  constexpr int count = 2000;
  Random random;
  const std::uint64_t seed = random.bits();
  for_each_type([&]<class T>(T) {
    for (const ReduceOp op : all_reduce_ops) {
      for (const int ranks : {1, 2, 3, 8, 16, 64}) {
        const Contributions<T> data{op, ranks};
        int passed = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
          passed += matches(narrow<T>(data.reduced(seed, i + 1).value), data.reduced(seed, i)) ? 1 : 0;
        }
        const double share = static_cast<double>(passed) / count;
        if (std::getenv("LANEMARK_SHOW_CHANCES") != nullptr) {
          fmt::print("{} {} {} {:.4f}\n", typeid(T).name(), name(op), ranks, share);
        }
        // Few bits, few sums: and fewest averages.
        const bool byte = sizeof(T) == 1 && ranks > 1;
        const double most = byte && op == ReduceOp::avg                             ? 0.6
                            : (byte && op == ReduceOp::sum) || op == ReduceOp::prod ? 0.35
                                                                                    : 0.05;
        EXPECT_LE(share, most) << name(op) << ", ranks " << ranks;
      }
    }
  });
}

TEST(Contributions, WhatMovesIsNeitherZeroNorPoisonAndDiffers) {
  const std::uint64_t seed = Random{}.bits();
  for_each_type([&]<class T>(T) {
    const Contributions<T> data{ReduceOp::sum, 1};
    std::set<Wide<T>> seen;
    std::array<unsigned char, sizeof(T)> poison{};
    poison.fill(0xff);
    for (std::uint64_t i = 0; i < 4000; ++i) {
      const T value = narrow<T>(data.value(seed, 0, i));
      ASSERT_NE(widen(value), 0);
      ASSERT_NE(std::memcmp(&value, poison.data(), sizeof(T)), 0);
      seen.insert(widen(value));
    }
    EXPECT_GE(seen.size(), sizeof(T) == 1 ? 100U : 3500U);
  });
}

TEST(Contributions, MatchesRefusesNaNAndInfinity) {
  for_each_type([]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) {
      EXPECT_TRUE(matches<T>(narrow<T>(2.0), {2.0, 0}));
      EXPECT_FALSE(matches<T>(narrow<T>(2.0), {-2.0, 0}));
      EXPECT_FALSE(matches<T>(narrow<T>(std::nan("")), {2.0, 1e9}));
      if constexpr (sizeof(T) > 1) {  // conversion to the 8-bit ones saturates
        EXPECT_FALSE(matches<T>(narrow<T>(HUGE_VAL), {2.0, 1e9}));
        EXPECT_FALSE(matches<T>(narrow<T>(-HUGE_VAL), {2.0, 1e9}));
      }
    }
  });
}

}  // namespace
}  // namespace lanemark::test
