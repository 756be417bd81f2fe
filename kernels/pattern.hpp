#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/core/arithmetic.hpp"
#include "kernels/core/dtype.hpp"

// The data that collectives move: a pure function of (seed, rank, index), so that any rank, host or device, can
// work out what any other contributed and what a reduction over all of them must give, independently of the
// collective. Values look random and are never zero, and are chosen so that a right reduction is exact:
// integers small enough that every partial sum is representable, powers of two under prod. Only avg rounds.

namespace lanemark::pattern {

/// SplitMix64's finaliser (Steele, Lea, Flood 2014).
LANEMARK_HOST_DEVICE constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

LANEMARK_HOST_DEVICE constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream, std::uint64_t i) {
  return mix(mix(seed + 0x632be59bd9b4e019U * (stream + 1)) + i);
}

/// Uniform in [0, 1), 24 random bits.
LANEMARK_HOST_DEVICE constexpr float uniform(std::uint64_t seed, std::uint64_t i) {
  return static_cast<float>(random_bits(seed, 0, i) >> 40U) * (1.0F / 16777216.0F);
}

/// Uniform in [low, high). Worked out in double, where the product of two floats is exact, so that it is the same
/// with and without fused multiply-add.
LANEMARK_HOST_DEVICE constexpr float uniform(std::uint64_t seed, std::uint64_t i, float low, float high) {
  const double width = high - low;
  const auto value = static_cast<float>(low + width * static_cast<double>(uniform(seed, i)));
  return value < high ? value : low;  // rounding may reach high
}

/// Uniform in [0, classes), independent of `uniform` of the same seed.
LANEMARK_HOST_DEVICE constexpr std::int32_t label(std::uint64_t seed, std::uint64_t i, std::int32_t classes) {
  return static_cast<std::int32_t>(random_bits(seed, 1, i) % static_cast<std::uint64_t>(classes));
}

/// Bits of integer that T holds exactly.
template <class T>
LANEMARK_HOST_DEVICE constexpr int exact_bits() {
  if constexpr (std::is_same_v<T, Half>) return 11;
  if constexpr (std::is_same_v<T, BFloat16>) return 8;
  if constexpr (std::is_same_v<T, Float8E4M3>) return 4;
  if constexpr (std::is_same_v<T, Float8E5M2>) return 3;
  if constexpr (std::is_integral_v<T>) return std::numeric_limits<T>::digits;
  return std::is_same_v<T, double> ? 53 : 24;
}

/// Type in which values and expectations are worked out.
template <class T>
using Wide = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;

LANEMARK_HOST_DEVICE constexpr int log2_ceil(int n) {
  int bits = 0;
  while ((1 << bits) < n) ++bits;
  return bits;
}

/// Largest magnitude of a contribution under every operation but prod; a power of two.
template <class T>
LANEMARK_HOST_DEVICE constexpr std::uint64_t largest(int ranks) {
  const int bits = exact_bits<T>() - log2_ceil(ranks);
  return std::uint64_t{1} << static_cast<unsigned>(bits < 1 ? 0 : (bits > 50 ? 50 : bits - 1));
}

/// Ranks up to which products of factors 2 and 1/2 stay within T's range.
template <class T>
LANEMARK_HOST_DEVICE constexpr int most_doubling_ranks() {
  return std::is_same_v<T, Float8E4M3> ? 8 : 14;
}

/// Element `i` of `rank`'s contribution. Sums stay within T's exact integers up to 2^(exact_bits - 1) ranks (128
/// for bfloat16); beyond that magnitudes are 1.
template <class T>
LANEMARK_HOST_DEVICE constexpr Wide<T> value(ReduceOp op, int ranks, std::uint64_t seed, int rank, std::uint64_t i) {
  const std::uint64_t random = random_bits(seed, static_cast<std::uint64_t>(rank), i);
  const bool negative = std::is_signed_v<Wide<T>> && !std::is_unsigned_v<T> && (random >> 63U) != 0;
  Wide<T> magnitude = 1;
  if (op == ReduceOp::prod) {
    // ±1 or ±2, and over floats ±1/2: at most 2^±ranks; among many ranks ±1 only.
    const auto choice = static_cast<int>(random % 3);
    if (ranks <= most_doubling_ranks<T>() && choice == 1) magnitude = 2;
    if constexpr (!std::is_integral_v<T>) {
      if (ranks <= most_doubling_ranks<T>() && choice == 2) magnitude = 0.5;
    }
  } else {
    magnitude = static_cast<Wide<T>>(1 + (random & (largest<T>(ranks) - 1)));
  }
  return negative ? -magnitude : magnitude;
}

template <class T>
LANEMARK_HOST_DEVICE constexpr Wide<T> reduced(ReduceOp op, int ranks, std::uint64_t seed, std::uint64_t i) {
  Wide<T> result = value<T>(op, ranks, seed, 0, i);
  for (int rank = 1; rank < ranks; ++rank) {
    const Wide<T> v = value<T>(op, ranks, seed, rank, i);
    switch (op) {
      case ReduceOp::sum:
      case ReduceOp::avg: result += v; break;
      case ReduceOp::prod: result *= v; break;
      case ReduceOp::min: result = v < result ? v : result; break;
      case ReduceOp::max: result = v > result ? v : result; break;
    }
  }
  return op == ReduceOp::avg ? result / ranks : result;
}

/// T from the wide type; integers wrap as two's complement.
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

/// Largest allowed |output - expected|, 0 where every step is exact. Two of floats' are not:
/// - sums of so many ranks that even contributions of ±1 leave T's exact integers: each of ranks - 1 additions rounds
/// by
///   at most half a unit in the last place of a partial sum, itself at most `ranks`;
/// - avg, unless the number of ranks is a power of two, by which division is exact: a library may scale each of `ranks`
///   contributions by a rounded 1/ranks before it adds, which rounds once per product and once per addition, each by at
///   most half a unit in the last place of the largest partial result, itself at most `largest`.
template <class T>
LANEMARK_HOST_DEVICE constexpr double tolerance(ReduceOp op, int ranks) {
  if (std::is_integral_v<T> || (op != ReduceOp::avg && op != ReduceOp::sum)) return 0;
  const double unit = 1.0 / static_cast<double>(std::uint64_t{1} << static_cast<unsigned>(exact_bits<T>()));
  const bool exact_sum = log2_ceil(ranks) <= exact_bits<T>();
  const double of_sum = exact_sum ? 0 : unit * (ranks - 1) * ranks;
  if (op == ReduceOp::sum) return of_sum;
  const bool exact_quotient = (1 << log2_ceil(ranks)) == ranks;
  if (exact_sum && exact_quotient) return 0;
  return of_sum / ranks + (2.0 * ranks + 1) * unit * static_cast<double>(largest<T>(ranks));
}

/// Whether an output is what it must be; a NaN never is.
template <class T>
LANEMARK_HOST_DEVICE constexpr bool matches(T output, Wide<T> expected, double allowed) {
  if constexpr (std::is_integral_v<T>) {
    return output == narrow<T>(expected);
  } else {
    const double error = widen(output) - expected;
    return error <= allowed && -error <= allowed;
  }
}

}  // namespace lanemark::pattern
