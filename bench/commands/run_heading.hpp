// SPDX-License-Identifier: MIT

#pragma once

#include <span>

#include "bench/machine/crowd.hpp"
#include "bench/record/launch.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/device.hpp"

namespace lanemark {

/// Says what is about to be measured, and why it is that. On rank 0.
void print_heading(const World& world, const DeviceProperties& device);

/// Says what is known already to make numbers others' than the machine's own: a quota, too few processors, other load.
/// On rank 0.
void print_circumstances(const LaunchHeader& header, std::span<const RankProcessors> ranks);

}  // namespace lanemark
