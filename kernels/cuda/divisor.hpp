// SPDX-License-Identifier: MIT

#pragma once

#include <bit>
#include <cstdint>

namespace lanemark {

/// Division by a number that is known before a kernel starts, as a multiplication (Granlund and Montgomery 1994). For
/// divisors from 1 and dividends below 2^31.
class Divisor {
 public:
  constexpr Divisor() = default;
  explicit constexpr Divisor(unsigned divisor)
      : divisor_{divisor},
        shift_{31 + static_cast<unsigned>(std::bit_width(divisor - 1))},
        multiplier_{static_cast<unsigned>(((std::uint64_t{1} << shift_) + divisor - 1) / divisor)} {}

  struct Result {
    unsigned quotient, remainder;
  };
  [[nodiscard]] constexpr Result divide(unsigned dividend) const {
    const auto quotient = static_cast<unsigned>(std::uint64_t{dividend} * multiplier_ >> shift_);
    return {quotient, dividend - quotient * divisor_};
  }

 private:
  unsigned divisor_ = 1;
  unsigned shift_ = 31;
  unsigned multiplier_ = 1U << 31U;
};

}  // namespace lanemark
