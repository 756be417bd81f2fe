// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <vector>

#include "bench/machine/crowd.hpp"
#include "bench/machine/processor_source.hpp"
#include "bench/machine/processor_use.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// Where all ranks may run, by rank, `threads` not yet chosen. Collective.
std::vector<RankProcessors> gather_processors(const World& world, ProcessorSource& source);

/// Looks at the processors of a world's ranks before and after work that they do together.
class ProcessorWatch {
 public:
  /// Collective over `world`, which must outlive it as `source` must.
  ProcessorWatch(const World& world, ProcessorSource& source);

  /// Of this rank; after what brings the ranks together.
  void begin();
  /// From there to here. Collective; the same on all ranks.
  ProcessorUse end();

 private:
  const World& world_;
  ProcessorSource& source_;
  std::vector<RankProcessors> ranks_;
  ProcessorSet of_node_;  ///< that this node's ranks may use
  ProcessorReading before_{};
};

}  // namespace lanemark
