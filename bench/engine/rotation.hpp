// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/core/units.hpp"

namespace lanemark {

/// Slots that operations use in turn, so that no operation finds its data in the last-level cache: together they
/// are at least twice as large as it.
struct Rotation {
  std::uint64_t slots = 1;
  Bytes stride;  ///< between slots, a multiple of 256

  [[nodiscard]] Bytes total() const { return stride * slots; }
  [[nodiscard]] Bytes offset(std::uint64_t index) const { return stride * (index % slots); }

  /// Up to `most` of the slots that `operations` operations touched, evenly spread, the first and last included.
  [[nodiscard]] std::vector<std::uint64_t> sample(std::uint64_t operations, std::uint64_t most) const {
    const std::uint64_t used = std::min(slots, operations);
    const std::uint64_t count = std::min(used, most);
    std::vector<std::uint64_t> chosen;
    for (std::uint64_t i = 0; i < count; ++i) chosen.push_back(count == 1 ? 0 : i * (used - 1) / (count - 1));
    return chosen;
  }
};

/// `per_operation` bytes of one buffer, `moved` bytes of all buffers an operation touches.
inline Rotation rotate_beyond(Bytes cache, Bytes per_operation, Bytes moved) {
  constexpr std::uint64_t alignment = 256;
  const Bytes stride{(std::max(per_operation.value, std::uint64_t{1}) + alignment - 1) / alignment * alignment};
  const std::uint64_t whole = std::max({moved.value, stride.value, std::uint64_t{1}});
  return {.slots = std::max<std::uint64_t>(1, (2 * cache.value + whole - 1) / whole), .stride = stride};
}

}  // namespace lanemark
