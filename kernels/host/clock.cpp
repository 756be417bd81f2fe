// SPDX-License-Identifier: MIT

#include <chrono>
#include <cstdint>

#include "kernels/operations.hpp"

namespace lanemark {
namespace {

std::uint64_t nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

void read_clock_on_host(StreamRef stream, const ReadClock& arguments) {
  stream.run([a = arguments] { *a.now = nanoseconds(); });
}

/// Does not sleep: waking up takes longer than many an operation.
void wait_on_host(StreamRef stream, const WaitShare& arguments) {
  stream.run([a = arguments] {
    const std::uint64_t begun = nanoseconds();
    const auto wait = static_cast<std::uint64_t>(static_cast<double>(begun - *a.since) * a.share);
    while (nanoseconds() - begun < wait) {
    }
  });
}

const Implements host_read_clock{read_clock, DeviceKind::host, Compute::hand, read_clock_on_host};
const Implements host_wait_share{wait_share, DeviceKind::host, Compute::hand, wait_on_host};

}  // namespace
}  // namespace lanemark
