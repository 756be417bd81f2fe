// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>

#include "kernels/core/half.hpp"

// Random numbers as a pure function of (seed, index), the same on every device: the data that layers compute on. What
// collectives move is made of them in contributions.hpp.

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

}  // namespace lanemark::pattern
