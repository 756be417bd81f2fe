// SPDX-License-Identifier: MIT

#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/core/arithmetic.hpp"
#include "kernels/core/dtype.hpp"
#include "kernels/core/rounding.hpp"
#include "kernels/pattern.hpp"

// What ranks give to a collective, and what a reduction over all of them must be: pure functions of (seed, rank,
// index), so that any rank, host or device, can work out both independently of the collective. Values look random, and
// are chosen so that a right reduction is exact in the type, whatever the order and wherever partial results are
// rounded; only avg over a number of ranks that is no power of two rounds. What is exact is compared exactly. Integers
// stay within their type, as nobody says what becomes of those that do not: Open MPI's sums of bytes saturate.
//
// Where a type has too few bits for all ranks (sums in 8-bit floats, products), each element is given by a group of
// them and the others give what changes nothing, 0 or ±1. The groups take turns: among as many elements in a row as
// there are groups, each rank counts once, and one that is missing, or counted twice, shows for certain. So it does for
// min and max, whose winner takes turns among all ranks. What chance remains is that a wrong element is right by
// accident: where it should be another one, as seldom as two right results agree.

namespace lanemark::pattern {

/// Type in which values and expectations are worked out.
template <class T>
using Wide = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;

/// T from the wide type.
template <class T>
LANEMARK_HOST_DEVICE constexpr T narrow(Wide<T> wide) {
  if constexpr (std::is_integral_v<T>) return static_cast<T>(wide);
  else if constexpr (std::is_same_v<T, double>) return wide;
  else return static_cast<T>(static_cast<float>(wide));
}

template <class T>
LANEMARK_HOST_DEVICE constexpr Wide<T> widen(T value) {
  if constexpr (SmallFloat<T>) return static_cast<double>(static_cast<float>(value));
  else return static_cast<Wide<T>>(value);
}

/// What an output must be, and how far off it may lie: by nothing, where every step is exact.
template <class T>
struct Expected {
  Wide<T> value;
  double allowed;
};

/// Whether an output is what it must be; a NaN never is.
template <class T>
LANEMARK_HOST_DEVICE constexpr bool matches(T output, const Expected<T>& expected) {
  if constexpr (std::is_integral_v<T>) {
    return output == narrow<T>(expected.value);
  } else {
    const double error = widen(output) - expected.value;
    return error <= expected.allowed && -error <= expected.allowed;
  }
}

/// What `ranks` ranks give to a reduction by `op`. Of a single rank everything is to be kept as it is: that is also the
/// data of what only moves.
template <class T>
class Contributions {
 public:
  LANEMARK_HOST_DEVICE constexpr Contributions(ReduceOp op, int ranks)
      : op_{op}, ranks_{static_cast<std::uint64_t>(ranks)} {
    if (ranks == 1 || extreme()) return;
    std::uint64_t together = ranks_;  // ranks that can give to one element
    if (op == ReduceOp::prod) {
      together = most_factors();
    } else if constexpr (std::is_integral_v<T>) {
      if (op == ReduceOp::avg) step_ = ranks_ < most ? ranks_ : most;  // the quotient is whole
      // Without signs, only magnitudes can differ.
      together = most / step_ / (std::is_unsigned_v<T> ? 2 : 1);
    } else if (op == ReduceOp::sum || power_of_two(ranks_)) {
      together = most - 1;  // one too many still shows
    } else {
      while (together > 1 && levels(together) == 0) --together;
    }
    if (together == 0) together = 1;
    if (together < ranks_) groups_ = (ranks_ + together - 1) / together;
    choose_magnitudes((ranks_ + groups_ - 1) / groups_);
  }

  /// Element `i` of what `rank` gives.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr Wide<T> value(std::uint64_t seed, int rank, std::uint64_t i) const {
    return value(seed, turn(seed, i), static_cast<std::uint64_t>(rank), i);
  }

  /// Element `i` of the reduction.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr Expected<T> reduced(std::uint64_t seed, std::uint64_t i) const {
    const std::uint64_t at = turn(seed, i);
    Wide<T> result = value(seed, at, 0, i);
    double magnitudes = magnitude(result);
    for (std::uint64_t rank = 1; rank < ranks_; ++rank) {
      const Wide<T> v = value(seed, at, rank, i);
      magnitudes += magnitude(v);
      switch (op_) {
        case ReduceOp::sum:
        case ReduceOp::avg: result += v; break;
        case ReduceOp::prod: result *= v; break;
        case ReduceOp::min: result = v < result ? v : result; break;
        case ReduceOp::max: result = v > result ? v : result; break;
      }
    }
    if (op_ == ReduceOp::avg) result /= static_cast<Wide<T>>(ranks_);
    return {result, relative_ > 0 ? relative_ * magnitudes : 0};
  }

  /// Element `i` of `rank`'s contribution, or, if rank < 0, of the reduction.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr Expected<T> expected(std::uint64_t seed, int rank,
                                                                    std::uint64_t i) const {
    return rank < 0 ? reduced(seed, i) : Expected<T>{value(seed, rank, i), 0};
  }

  /// Elements in a row among which each rank counts.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr std::uint64_t turns() const { return extreme() ? ranks_ : groups_; }

 private:
  /// The largest whole number up to which T holds all.
  static constexpr std::uint64_t most = [] {
    if constexpr (std::is_integral_v<T>) return static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    else return std::uint64_t{1} << static_cast<unsigned>(significand_bits<T>());
  }();

  LANEMARK_HOST_DEVICE static constexpr bool power_of_two(std::uint64_t n) { return (n & (n - 1)) == 0; }
  LANEMARK_HOST_DEVICE static constexpr double magnitude(Wide<T> value) {
    return value < 0 ? -static_cast<double>(value) : static_cast<double>(value);
  }
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr bool extreme() const {
    return ranks_ > 1 && (op_ == ReduceOp::min || op_ == ReduceOp::max);
  }

  /// How many factors' product stays within T in any order: powers of 2, or odd ones up to 11.
  LANEMARK_HOST_DEVICE static constexpr std::uint64_t most_factors() {
    if constexpr (!std::is_integral_v<T>) return static_cast<std::uint64_t>(-smallest_exponent<T>());
    else if constexpr (sizeof(T) == 1) return 2;
    else return sizeof(T) == 4 ? 8 : 18;
  }

  /// Relative to the sum of their magnitudes over the number of ranks, by how much `terms` contributions to an average
  /// may be off: a library may scale each by a rounded 1/ranks, which rounds twice, and then add them up.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr double average_error(std::uint64_t terms) const {
    constexpr double unit = unit_roundoff<T>();
    // 1/ranks that is no normal number rounds by more.
    const double of_scale = static_cast<double>(ranks_) * power(smallest_exponent<T>()) * unit;
    const double roundings = static_cast<double>(terms) * unit + (of_scale > unit ? of_scale : unit);
    return roundings < 0.5 ? roundings / (1 - roundings) : 1;  // gamma of Higham 2002, 3.1
  }

  /// Magnitudes from 1 on with which averages of that many whole numbers, rounded anyhow, still differ where one of the
  /// numbers does: two right results of each lie closer than half of what the smallest difference makes.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr std::uint64_t levels(std::uint64_t terms) const {
    return static_cast<std::uint64_t>(1 / (2 * static_cast<double>(terms) * average_error(terms)));
  }

  LANEMARK_HOST_DEVICE constexpr void choose_magnitudes(std::uint64_t in_group) {
    if (op_ == ReduceOp::prod) {
      constexpr std::uint64_t enough = 16;
      const std::uint64_t exponents = most_factors() / in_group;
      largest_ = exponents < enough ? exponents : enough;
      return;
    }
    largest_ = std::bit_floor(most / step_ / in_group);
    if constexpr (!std::is_integral_v<T>) {
      largest_ = std::bit_floor(most / (in_group + 1));
      if (op_ != ReduceOp::avg) return;
      if (!power_of_two(ranks_)) {
        const std::uint64_t apart = std::bit_floor(levels(in_group));
        if (apart < largest_) largest_ = apart;
        relative_ = average_error(in_group) / static_cast<double>(ranks_);
      }
      // As large as keeps quotients normal numbers, and sums below the largest.
      const int wanted = static_cast<int>(std::bit_width(ranks_ - 1)) + smallest_exponent<T>();
      constexpr int most_up = largest_exponent<T>() - significand_bits<T>();
      if (wanted > 0) step_ = std::uint64_t{1} << static_cast<unsigned>(wanted < most_up ? wanted : most_up);
    }
    if (largest_ == 0) largest_ = 1;
  }

  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr std::uint64_t turn(std::uint64_t seed, std::uint64_t i) const {
    const std::uint64_t all = turns();
    constexpr std::uint64_t stream = ~std::uint64_t{1};  // no rank's
    return all == 1 ? 0 : (i + random_bits(seed, stream, 0) % all) % all;
  }

  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr Wide<T> value(std::uint64_t seed, std::uint64_t at, std::uint64_t rank,
                                                             std::uint64_t i) const {
    const std::uint64_t random = random_bits(seed, rank, i);
    if (ranks_ == 1) return anything(random);
    if (extreme()) return contender(random, rank == at);
    const bool counts = groups_ == 1 || rank % groups_ == at;
    const bool negative = std::is_signed_v<Wide<T>> && !std::is_unsigned_v<T> && (random >> 63U) != 0;
    Wide<T> magnitude = 1;
    if (op_ == ReduceOp::prod) {
      if (counts) magnitude = factor(random);
    } else if (!counts) {
      magnitude = 0;
    } else {
      magnitude = static_cast<Wide<T>>(step_ * (1 + (random & (largest_ - 1))));
    }
    return negative ? -magnitude : magnitude;
  }

  /// Never ±1, and odd where it is whole, so that a wrong one changes the product, also one that wraps.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr Wide<T> factor(std::uint64_t random) const {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<Wide<T>>(3 + 2 * (random % 5));
    } else {
      const auto exponent = static_cast<int>(1 + (random >> 1U) % largest_);
      return power(random % 2 == 0 ? exponent : -exponent);
    }
  }

  /// 2 to that power, of a double.
  LANEMARK_HOST_DEVICE static constexpr double power(int exponent) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52U);
  }
  /// A normal number of T with an exponent in [low, high), either sign.
  LANEMARK_HOST_DEVICE static constexpr double normal(std::uint64_t random, int low, int high) {
    constexpr unsigned fraction_bits = static_cast<unsigned>(significand_bits<T>()) - 1;
    const std::uint64_t fraction = random & ((std::uint64_t{1} << fraction_bits) - 1);
    const double significand = 1 + static_cast<double>(fraction) * power(-static_cast<int>(fraction_bits));
    const auto exponent = static_cast<int>((random >> 52U) % 2048 % static_cast<std::uint64_t>(high - low));
    return (random >> 63U) != 0 ? -significand * power(low + exponent) : significand * power(low + exponent);
  }

  /// Neither 0 nor all ones, which is what buffers are poisoned with.
  LANEMARK_HOST_DEVICE static constexpr Wide<T> anything(std::uint64_t random) {
    if constexpr (!std::is_integral_v<T>) {
      return normal(random, smallest_exponent<T>(), largest_exponent<T>());
    } else {
      constexpr std::uint64_t bits = std::numeric_limits<std::make_unsigned_t<T>>::max();
      return static_cast<Wide<T>>(static_cast<T>(1 + random % (bits - 1)));
    }
  }

  /// The winner's lies beyond all others': at least 1 in magnitude, and they below; or in the other half of the range.
  [[nodiscard]] LANEMARK_HOST_DEVICE constexpr Wide<T> contender(std::uint64_t random, bool wins) const {
    const bool largest_wins = op_ == ReduceOp::max;
    if constexpr (!std::is_integral_v<T>) {
      if (!wins) return normal(random, smallest_exponent<T>(), 0);
      return normal(largest_wins ? random & (~std::uint64_t{0} >> 1U) : random | (std::uint64_t{1} << 63U), 0,
                    largest_exponent<T>());
    } else {
      constexpr auto half = static_cast<Wide<T>>(most / 2);
      const Wide<T> magnitude = 1 + static_cast<Wide<T>>(random % static_cast<std::uint64_t>(half));
      if (std::is_unsigned_v<T>) return wins == largest_wins ? half + magnitude : magnitude;
      if (!wins) return (random >> 63U) != 0 ? -magnitude : magnitude;
      return largest_wins ? half + magnitude : -half - magnitude;
    }
  }

  ReduceOp op_;
  std::uint64_t ranks_;
  std::uint64_t groups_ = 1;
  std::uint64_t step_ = 1;     ///< magnitudes are multiples of it, up to `largest_` times
  std::uint64_t largest_ = 1;  ///< under prod, of a factor's exponent
  double relative_ = 0;        ///< of the sum of magnitudes, how far an output may be off
};

}  // namespace lanemark::pattern
