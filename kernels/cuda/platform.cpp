// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kernels/core/bus_id.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/error.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_guard.hpp"
#include "kernels/cuda/nvml.hpp"
#include "kernels/cuda/stream.hpp"
#include "kernels/host/available_memory.hpp"

namespace lanemark {
namespace {

int attribute(cudaDeviceAttr which, int ordinal) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, ordinal));
  return value;
}

std::string bus_id(int ordinal) {
  std::array<char, 32> text{};
  check(cudaDeviceGetPCIBusId(text.data(), static_cast<int>(text.size()), ordinal));
  return canonical_bus_id(text.data());
}

/// Clock times bus width times two, for memory transfers on both edges of the clock. Nothing where the driver does
/// not tell them, as for memory shared with a CPU.
std::optional<BytesPerSecond> memory_bandwidth(int ordinal) {
  const double kilohertz = attribute(cudaDevAttrMemoryClockRate, ordinal);
  const double bits = attribute(cudaDevAttrGlobalMemoryBusWidth, ordinal);
  if (kilohertz <= 0 || bits <= 0) return std::nullopt;
  return BytesPerSecond{2 * kilohertz * 1e3 * bits / 8};
}

struct MemoryInfo {
  std::size_t free;
  std::size_t total;
};

MemoryInfo memory_info(int ordinal) {
  const DeviceGuard guard{ordinal};
  MemoryInfo info{};
  check(cudaMemGetInfo(&info.free, &info.total));
  return info;
}

void* allocate_on_device(int ordinal, Bytes size) {
  const MemoryInfo info = memory_info(ordinal);
  if (size.value > info.free) {
    throw OutOfMemory(fmt::format("GPU {}: {} bytes asked for, {} of {} free; use a smaller size", ordinal, size.value,
                                  info.free, info.total));
  }
  const DeviceGuard guard{ordinal};
  void* memory = nullptr;
  check(cudaMalloc(&memory, size.value));
  return memory;
}

void* allocate_pinned(int ordinal, Bytes size) {
  // Page-locked memory is taken at once, and past the limit Linux ends the process instead of refusing.
  if (const Bytes available = std::min(available_memory(), room_of_process()); size > available) {
    throw OutOfMemory(
        fmt::format("page-locked host memory: {} bytes asked for, {} available; use a smaller size or "
                    "fewer ranks",
                    size.value, available.value));
  }
  const DeviceGuard guard{ordinal};
  void* memory = nullptr;
  check(cudaHostAlloc(&memory, size.value, cudaHostAllocPortable));
  return memory;
}

class CudaPlatform final : public Platform {
 public:
  [[nodiscard]] int device_count() const override {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaErrorNoDevice || status == cudaErrorInsufficientDriver) return 0;
    check(status);
    return count;
  }

  [[nodiscard]] DeviceProperties properties(int ordinal) const override {
    cudaDeviceProp raw{};
    check(cudaGetDeviceProperties(&raw, ordinal));
    DeviceProperties found;
    found.name = raw.name;
    found.bus_id = bus_id(ordinal);
    found.memory = Bytes{raw.totalGlobalMem};
    found.last_level_cache = Bytes{static_cast<std::uint64_t>(attribute(cudaDevAttrL2CacheSize, ordinal))};
    found.memory_bandwidth = memory_bandwidth(ordinal);
    const Nvml* const nvml = Nvml::find();
    const auto gpu = nvml == nullptr ? std::nullopt : nvml->gpu(found.bus_id);
    if (!gpu) return found;
    if (const auto link = gpu->maximum_pcie_link()) found.host_link = rate(*link);
    found.peer_link = gpu->nvlink_rate();
    return found;
  }

  [[nodiscard]] Bytes free_memory(int ordinal, std::uint64_t sharers) const override {
    return Bytes{memory_info(ordinal).free} / sharers;
  }

  /// Atomic operations on another GPU's memory go over NVLink; PCIe has none.
  [[nodiscard]] bool has_peer_link(int from, int to) const override {
    int atomics = 0;
    return cudaDeviceGetP2PAttribute(&atomics, cudaDevP2PAttrNativeAtomicSupported, from, to) == cudaSuccess &&
           atomics != 0;
  }

  [[nodiscard]] void* allocate(int ordinal, Placement placement, Bytes size) const override {
    switch (placement) {
      case Placement::device: return allocate_on_device(ordinal, size);
      case Placement::pinned: return allocate_pinned(ordinal, size);
      case Placement::pageable: break;
    }
    return platform(DeviceKind::host).allocate(0, placement, size);
  }

  void release(int ordinal, Placement placement, void* memory) const noexcept override {
    if (placement == Placement::pageable) {
      platform(DeviceKind::host).release(0, placement, memory);
      return;
    }
    try {
      const DeviceGuard guard{ordinal};
      static_cast<void>(placement == Placement::device ? cudaFree(memory) : cudaFreeHost(memory));
    } catch (const Error&) {
      // A GPU that has failed for good: the driver takes its memory back when the process ends.
      return;
    }
  }

  [[nodiscard]] std::unique_ptr<StreamBody> make_stream(int ordinal) const override {
    return std::make_unique<CudaStream>(Device{DeviceKind::cuda, ordinal});
  }

  [[nodiscard]] std::unique_ptr<EventBody> make_event(int ordinal) const override {
    return std::make_unique<CudaEvent>(ordinal);
  }
};

const Platform& get_cuda_platform() {
  static const CudaPlatform instance;
  return instance;
}

const PlatformRegistration registration{DeviceKind::cuda, get_cuda_platform};

}  // namespace
}  // namespace lanemark
