// SPDX-License-Identifier: MIT

#include <cstdint>

#include "kernels/cuda/launch.cuh"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// The one clock that all multiprocessors share: the two kernels need not run on the same one.
__device__ std::uint64_t nanoseconds() {
  std::uint64_t now = 0;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now)::"memory");
  return now;
}

/// bytes: 8.
__global__ void read(ReadClock a) { *a.now = nanoseconds(); }

/// bytes: 8.
__global__ void wait(WaitShare a) {
  const std::uint64_t begun = nanoseconds();
  const auto wait = static_cast<std::uint64_t>(static_cast<double>(begun - *a.since) * a.share);
  while (nanoseconds() - begun < wait) {
  }
}

void read_clock_on_gpu(StreamRef stream, const ReadClock& a) { Launch{stream, 1, 1}(read, a); }

void wait_on_gpu(StreamRef stream, const WaitShare& a) { Launch{stream, 1, 1}(wait, a); }

const Implements cuda_read_clock{read_clock, DeviceKind::cuda, Compute::hand, read_clock_on_gpu};
const Implements cuda_wait_share{wait_share, DeviceKind::cuda, Compute::hand, wait_on_gpu};

}  // namespace
}  // namespace lanemark
