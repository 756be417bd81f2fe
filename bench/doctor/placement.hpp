// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <vector>

#include "bench/doctor/part.hpp"
#include "collectives/core/place.hpp"

namespace lanemark {

/// Which GPU each rank of a node would take, and what `run` would refuse of that. Nothing where no rank has a GPU.
std::vector<Finding> placement_findings(std::span<const Place> places, int node);

}  // namespace lanemark
