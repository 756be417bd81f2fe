// SPDX-License-Identifier: MIT

#pragma once

#include <bit>
#include <cstdint>

// Functions that host and device code share are marked for both when a CUDA compiler reads them.
#ifdef __CUDACC__
#define LANEMARK_HOST_DEVICE __host__ __device__
#else
#define LANEMARK_HOST_DEVICE
#endif

namespace lanemark {

/// The upper half of a float: 8 exponent bits, 7 of fraction. Arithmetic is done in float and rounded to
/// nearest, ties to even, as GPUs do.
struct BFloat16 {
  std::uint16_t bits = 0;

  BFloat16() = default;
  LANEMARK_HOST_DEVICE explicit BFloat16(float value) {
    auto wide = std::bit_cast<std::uint32_t>(value);
    const bool nan = (wide & 0x7fffffffU) > 0x7f800000U;
    if (!nan) wide += 0x7fffU + ((wide >> 16U) & 1U);
    bits = static_cast<std::uint16_t>((wide >> 16U) | (nan ? 0x40U : 0U));
  }
  LANEMARK_HOST_DEVICE explicit operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
  }
};

/// IEEE 754 binary16: 5 exponent bits, 10 of fraction; float arithmetic, rounded to nearest even.
struct Half {
  std::uint16_t bits = 0;

  Half() = default;
  LANEMARK_HOST_DEVICE explicit Half(float value) {
    const auto wide = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (wide >> 16U) & 0x8000U;
    const std::uint32_t magnitude = wide & 0x7fffffffU;
    bits = static_cast<std::uint16_t>(sign | rounded(magnitude));
  }
  LANEMARK_HOST_DEVICE explicit operator float() const {
    const std::uint32_t sign = (bits & 0x8000U) << 16U;
    const std::uint32_t magnitude = bits & 0x7fffU;
    if (magnitude >= 0x7c00U) return std::bit_cast<float>(sign | 0x7f800000U | ((magnitude & 0x3ffU) << 13U));
    // Scaling by 2^112 moves the exponent bias from 15 to 127 and normalises subnormals on the way.
    const float scaled = std::bit_cast<float>(magnitude << 13U) * std::bit_cast<float>(0x77800000U);
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled));
  }

 private:
  LANEMARK_HOST_DEVICE static std::uint32_t rounded(std::uint32_t magnitude) {
    constexpr std::uint32_t infinity = 0x7c00U;
    if (magnitude > 0x7f800000U) return infinity | 0x200U;
    if (magnitude >= 0x47800000U) return infinity;  // 65536 and above
    if (magnitude < 0x38800000U) {                  // below 2^-14: subnormal; the addition rounds
      const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
      return std::bit_cast<std::uint32_t>(shifted) - 0x3f000000U;
    }
    const std::uint32_t odd = (magnitude >> 13U) & 1U;
    return (magnitude - 0x38000000U + 0xfffU + odd) >> 13U;
  }
};

}  // namespace lanemark
