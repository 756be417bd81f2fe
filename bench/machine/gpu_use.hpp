// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lanemark {

/// One rank's GPU while a case was timed, as it was looked at just before and just after; what the driver does not tell
/// is absent.
struct GpuUse {
  int rank = 0;
  std::optional<int> first_sm_clock_mhz{};
  std::optional<int> last_sm_clock_mhz{};
  std::vector<std::string> throttle_reasons{};  ///< at either moment: "thermal", "power brake" …
  std::optional<int> other_processes{};         ///< the most, those of the launch not counted
  friend bool operator==(const GpuUse&, const GpuUse&) = default;
};

/// Why what was timed meanwhile is not the GPU's own: "the GPU of rank 0 throttled: thermal slowdown (hardware)"; empty
/// where it is. A GPU at its power cap works as it should.
std::string disturbance(const GpuUse& use);

}  // namespace lanemark
