// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "collectives/core/world.hpp"
#include "kernels/core/device.hpp"

namespace lanemark {

/// The device on which this rank tests: its GPU where every rank of the node has one, else the host.
inline Device device_under_test() {
  const LocalPlace place = local_place(MPI_COMM_WORLD);
  if (device_count(DeviceKind::cuda) >= place.size) return {.kind = DeviceKind::cuda, .ordinal = place.rank};
  return {};
}

inline std::vector<std::string> backends_under_test(Device device) {
  if (device.kind == DeviceKind::host) return {"mpi", "composed"};
  return {"nccl", "mpi_staged", "composed"};
}

}  // namespace lanemark
