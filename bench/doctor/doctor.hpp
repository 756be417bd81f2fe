// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/doctor/part.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// Every registered part's findings on this node, in order. Local.
std::vector<Finding> examine(const World& world);

/// What all nodes found, readable; a finding that not all nodes share names its nodes (numbered by their first rank).
struct Diagnosis {
  std::string text;
  int problems = 0;
};

/// Collective over the world; the same on all ranks.
Diagnosis diagnose(const World& world);

/// Findings by node as one text.
Diagnosis render(const std::vector<std::vector<Finding>>& by_node);

}  // namespace lanemark
