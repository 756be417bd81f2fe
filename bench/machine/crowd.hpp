// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <string>

#include "bench/machine/processor_set.hpp"

namespace lanemark {

/// Where a rank may run, and what it needs there.
struct RankProcessors {
  int node = 0;
  ProcessorSet allowed{};         ///< empty where the system does not tell
  std::optional<double> quota{};  ///< of the control group, in processors
  int threads = 1;                ///< that compute at once
};

/// Threads with which a rank computes so that those which may use the same processors have enough: its processors over
/// those ranks, the quota looked at, at least 1.
int fair_threads(std::span<const RankProcessors> ranks, std::size_t rank);

/// What the ranks of the node with the fewest may use together, the quota looked at, rounded up; nothing where no
/// system tells. Ranks of a node are taken to be of one control group.
std::optional<int> processors_of_node(std::span<const RankProcessors> ranks);

/// Why ranks wait for each other's processors: "5 ranks of node 0 need 5 processors and may use 2"; empty where each
/// thread can have one. Looks at each set that some rank may use: the ranks that may use nothing else must find room.
std::string crowding(std::span<const RankProcessors> ranks);

}  // namespace lanemark
