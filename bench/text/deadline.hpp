// SPDX-License-Identifier: MIT

#pragma once

#include <chrono>

#include "kernels/core/units.hpp"

namespace lanemark {

/// So long from now; a century from now for what is longer, which the clock could not count, and for what is no number.
inline std::chrono::steady_clock::time_point deadline(Seconds time) {
  using Clock = std::chrono::steady_clock;
  constexpr Clock::duration century = std::chrono::years{100};
  const bool countable = time < Seconds{century};
  return Clock::now() + (countable ? std::chrono::duration_cast<Clock::duration>(time) : century);
}

}  // namespace lanemark
