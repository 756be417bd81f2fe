// SPDX-License-Identifier: MIT

#include "bench/machine/gpu_use.hpp"

#include <fmt/format.h>

#include <string_view>

namespace lanemark {

std::string disturbance(const GpuUse& use) {
  if (use.other_processes.value_or(0) > 0) {
    return fmt::format("the GPU of rank {} was shared with {} other process{}", use.rank, *use.other_processes,
                       *use.other_processes == 1 ? "" : "es");
  }
  constexpr std::string_view usual = "power cap";
  for (const std::string& reason : use.throttle_reasons) {
    if (reason != usual) return fmt::format("the GPU of rank {} throttled: {}", use.rank, reason);
  }
  return {};
}

}  // namespace lanemark
