// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bench/doctor/part.hpp"
#include "bench/machine/crowd.hpp"
#include "bench/machine/processor_use.hpp"

namespace lanemark {

/// What is to be said of the processors of one node, which all its ranks share.
struct NodeProcessors {
  std::string model;
  int online = 0;                     ///< that the node has
  std::vector<RankProcessors> ranks;  ///< of the node
  ProcessorUse idle{};                ///< while the ranks did nothing
};

std::vector<Finding> look_at(const NodeProcessors& node);

/// Of this rank's node, as all its ranks must be asked. Collective.
std::vector<Finding> examine_processors(const World& world);

}  // namespace lanemark
