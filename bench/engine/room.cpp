// SPDX-License-Identifier: MIT

#include "bench/engine/room.hpp"

namespace lanemark {
namespace {

std::uint64_t ranks_of_node(const World& world) { return static_cast<std::uint64_t>(world.local_size()); }

}  // namespace

Bytes device_room(const World& world) {
  const Device device = world.device();
  return platform(device.kind).free_memory(device.ordinal, static_cast<std::uint64_t>(world.sharers()));
}

Bytes host_room(const World& world) { return platform(DeviceKind::host).free_memory(0, ranks_of_node(world)); }

}  // namespace lanemark
