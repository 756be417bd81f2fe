// SPDX-License-Identifier: MIT

#pragma once

#include "collectives/core/world.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// Memory of its device that a rank may take now, where all that use it take as much each.
Bytes device_room(const World& world);
/// The same of host memory, which ranks of a node share whatever their devices.
Bytes host_room(const World& world);

}  // namespace lanemark
