#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/training/step.hpp"
#include "bench/trial.hpp"

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

/// Device memory that the hungriest rank needs, the root's check against a single rank included.
Bytes training_memory(const TrainingCase& training);

/// The communicator outlives the trial.
std::unique_ptr<Trial> make_training_trial(const TrainingCase& training, Communicator& communicator,
                                           const World& participants);

}  // namespace lanemark
