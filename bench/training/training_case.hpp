// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <vector>

#include "bench/training/step.hpp"

namespace lanemark {

/// One training case: a network under a strategy, its batch shared out over ranks.
struct TrainingCase {
  const Network* network;
  const SyncStrategy* strategy;
  const Backend* backend;
  std::vector<std::size_t> samples_of_rank;
  Compute compute;
  Precision precision;
  std::vector<Bytes> bucket_caps;
  std::uint64_t seed;
  bool replayed;  ///< steps come from a graph
};

}  // namespace lanemark
