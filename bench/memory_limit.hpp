#pragma once

#include "bench/measurement.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// How fast host memory is copied when all ranks copy at once: what MPI on one node runs against. Measured here,
/// bytes counted once, the slowest rank's. Collective.
Limit measure_memory_limit(const World& world);

}  // namespace lanemark
