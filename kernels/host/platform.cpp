// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <hwloc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

#include "kernels/core/device.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/handle.hpp"
#include "kernels/host/available_memory.hpp"
#include "kernels/host/stream.hpp"

namespace lanemark {
namespace {

constexpr std::size_t alignment = 64;  // a cache line, and the widest vector

using Topology = Handle<hwloc_topology_t, hwloc_topology_destroy>;

/// This machine's topology, or null where hwloc cannot find it out.
Topology load_topology() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return nullptr;
  Topology topology{raw};
  if (hwloc_topology_load(raw) != 0) return nullptr;
  return topology;
}

std::string model_from_kernel() {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU of unknown model";
}

std::string model(hwloc_topology_t topology) {
  const hwloc_obj_t package = topology == nullptr ? nullptr : hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
  const char* const known = package == nullptr ? nullptr : hwloc_obj_get_info_by_name(package, "CPUModel");
  return known == nullptr ? model_from_kernel() : known;
}

/// The kernel's count: hwloc's adds up NUMA nodes, and a virtual machine's may not hold all memory.
Bytes total_memory() {
  return Bytes{static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))};
}

/// Of one cache, which is what one stream's thread fills, not of all in the machine.
Bytes last_level_cache(hwloc_topology_t topology) {
  constexpr std::array outermost_first{HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE};
  for (const hwloc_obj_type_t type : outermost_first) {
    const hwloc_obj_t cache = topology == nullptr ? nullptr : hwloc_get_obj_by_type(topology, type, 0);
    if (cache != nullptr) return Bytes{cache->attr->cache.size};
  }
  return Bytes{static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_LEVEL3_CACHE_SIZE)))};
}

DeviceProperties find_properties() {
  const Topology topology = load_topology();
  DeviceProperties found;
  found.name = model(topology.get());
  found.memory = total_memory();
  found.last_level_cache = last_level_cache(topology.get());
  return found;
}

class HostPlatform final : public Platform {
 public:
  [[nodiscard]] int device_count() const override { return 1; }

  [[nodiscard]] DeviceProperties properties(int /*ordinal*/) const override {
    static const DeviceProperties found = find_properties();
    return found;
  }

  [[nodiscard]] Bytes free_memory(int /*ordinal*/, std::uint64_t sharers) const override {
    // The kernel's figure is an estimate; who takes all of it may still be killed.
    const Bytes available = std::min(available_memory() / sharers, room_of_process());
    return available - available / 16;
  }

  [[nodiscard]] bool has_peer_link(int /*from*/, int /*to*/) const override { return false; }

  [[nodiscard]] void* allocate(int ordinal, Placement /*placement*/, Bytes size) const override {
    const Bytes available = free_memory(ordinal, 1);
    if (size > available) {
      throw OutOfMemory(fmt::format("host memory: {} bytes asked for, {} available; use a smaller size or fewer ranks",
                                    size.value, available.value));
    }
    void* const memory = std::aligned_alloc(alignment, (size.value + alignment - 1) / alignment * alignment);
    if (memory == nullptr) {
      throw OutOfMemory(fmt::format("host memory: {} bytes refused by the system (ulimit -v?)", size.value));
    }
    touch_pages(static_cast<volatile std::byte*>(memory), size.value);
    return memory;
  }

  void release(int /*ordinal*/, Placement /*placement*/, void* memory) const noexcept override { std::free(memory); }

  [[nodiscard]] std::unique_ptr<StreamBody> make_stream(int ordinal) const override {
    return std::make_unique<HostStream>(Device{DeviceKind::host, ordinal});
  }

  [[nodiscard]] std::unique_ptr<EventBody> make_event(int /*ordinal*/) const override {
    return std::make_unique<HostEvent>();
  }

 private:
  /// Takes the memory at once: the next request then sees it gone, no page fault falls into a measurement, and
  /// reads of memory never written do not all come from the kernel's one page of zeros.
  static void touch_pages(volatile std::byte* memory, std::size_t size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    for (std::size_t i = 0; i < size; i += page) memory[i] = std::byte{};
  }
};

const Platform& get_host_platform() {
  static const HostPlatform instance;
  return instance;
}

const PlatformRegistration registration{DeviceKind::host, get_host_platform};

}  // namespace
}  // namespace lanemark
