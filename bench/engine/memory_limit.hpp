// SPDX-License-Identifier: MIT

#pragma once

#include <optional>

#include "bench/measurement/measurement.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// How fast host memory is copied when all ranks copy at once: what MPI on one node runs against. Measured here,
/// bytes counted once, the slowest rank's. Nothing, and a sentence on standard error, where some rank has no memory for
/// it. Collective.
std::optional<Limit> measure_memory_limit(const World& world);

}  // namespace lanemark
