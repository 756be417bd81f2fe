// SPDX-License-Identifier: MIT

#include "kernels/cuda/device_guard.hpp"

#include <atomic>
#include <cstdint>

#include "kernels/cuda/check.hpp"

namespace lanemark {
namespace {

constinit std::atomic<std::uint64_t> chosen{0};

/// The GPU that a guard has made this thread's current one; nobody else does. Asking CUDA would take part of the time
/// in which small operations are enqueued.
constinit thread_local int current = -1;

constexpr std::uint64_t bit(int ordinal) {
  return ordinal >= 0 && ordinal < 64 ? std::uint64_t{1} << static_cast<unsigned>(ordinal) : 0;
}

}  // namespace

DeviceGuard::DeviceGuard(int ordinal) : ordinal_{ordinal}, before_{ordinal} {
  if (current == ordinal) return;
  check(cudaGetDevice(&before_));
  const bool first_time = (chosen.load(std::memory_order_relaxed) & bit(ordinal)) == 0;
  // Also when it is current already: every thread starts on GPU 0, which need not have a context yet.
  if (ordinal != before_ || first_time) check(cudaSetDevice(ordinal));
  if (first_time) chosen.fetch_or(bit(ordinal), std::memory_order_relaxed);
  current = ordinal;
}

DeviceGuard::~DeviceGuard() {
  if (ordinal_ == before_ || (chosen.load(std::memory_order_relaxed) & bit(before_)) == 0) return;
  static_cast<void>(cudaSetDevice(before_));
  current = before_;
}

}  // namespace lanemark
