// SPDX-License-Identifier: MIT

#pragma once

#include <bit>
#include <cstdint>

#include "kernels/core/half.hpp"

namespace lanemark {

/// The 8-bit floats of OCP's FP8 specification (Micikevicius et al. 2022). Arithmetic is done in float and rounded to
/// nearest even; what is too large becomes the largest finite value, as GPUs convert (__NV_SATFINITE).
template <unsigned exponent_bits, unsigned fraction_bits>
struct Float8 {
  std::uint8_t bits = 0;

  Float8() = default;
  LANEMARK_HOST_DEVICE explicit Float8(float value) {
    const auto wide = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (wide >> 24U) & 0x80U;
    bits = static_cast<std::uint8_t>(sign | rounded(wide & 0x7fffffffU));
  }
  LANEMARK_HOST_DEVICE explicit operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x80U) << 24U;
    const std::uint32_t magnitude = bits & 0x7fU;
    if (has_infinity && magnitude == infinity) return std::bit_cast<float>(sign | 0x7f800000U);
    if (magnitude > (has_infinity ? infinity : largest)) return std::bit_cast<float>(sign | 0x7fc00000U);
    // Scaling moves the exponent's bias and normalises subnormals on the way.
    const float scaled = std::bit_cast<float>(magnitude << shift) * std::bit_cast<float>((254U - bias) << 23U);
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled));
  }

 private:
  /// The wider fraction leaves too few exponents to give one up: there only all ones are no number, and there is no
  /// infinity.
  static constexpr bool has_infinity = fraction_bits == 2;
  static constexpr std::uint32_t bias = (1U << (exponent_bits - 1U)) - 1U;
  static constexpr unsigned shift = 23U - fraction_bits;
  static constexpr std::uint32_t infinity = ((1U << exponent_bits) - 1U) << fraction_bits;
  static constexpr std::uint32_t largest = has_infinity ? infinity - 1U : 0x7eU;

  LANEMARK_HOST_DEVICE static std::uint32_t rounded(std::uint32_t magnitude) {
    if (magnitude > 0x7f800000U) return 0x7fU;
    constexpr std::uint32_t smallest_normal = (128U - bias) << 23U;
    if (magnitude < smallest_normal) {  // subnormal; the addition rounds
      constexpr std::uint32_t unit = (127U + 24U - bias - fraction_bits) << 23U;
      return std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + std::bit_cast<float>(unit)) - unit;
    }
    const std::uint32_t odd = (magnitude >> shift) & 1U;
    const std::uint32_t nearest = (magnitude - ((127U - bias) << 23U) + (1U << (shift - 1U)) - 1U + odd) >> shift;
    return nearest < largest ? nearest : largest;
  }
};

/// 4 exponent bits, 3 of fraction: up to 448.
using Float8E4M3 = Float8<4, 3>;
/// 5 exponent bits, 2 of fraction: up to 57344, and infinity.
using Float8E5M2 = Float8<5, 2>;

}  // namespace lanemark
