// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/training/training_case.hpp"

namespace lanemark {

/// Gradients of a whole batch, added up in double precision from those of each rank's share.
struct SharedGradients {
  std::vector<double> sums;
  std::vector<double> sizes;  ///< of each share's gradient, added up: what rounding in the sum is relative to

  /// Whether there is anything to compare with.
  [[nodiscard]] bool finite() const;
};

/// All shares on this rank alone, one after the other: with shares as large as the ranks' own every sample goes through
/// the same arithmetic, so that no ReLU or pooling window close to a tie decides otherwise, and what differs is what
/// the synchronisation did.
SharedGradients gradients_of_shares(const TrainingCase& training, Device device, const StepOptions& options);

/// One step: parameters before and after it, and the gradients it took them there with.
struct StepTaken {
  std::span<const float> start, end, gradients;
};

/// What is wrong with a step from zero momentum, or nothing: every gradient within the rounding of a sum over the ranks
/// in any order, every parameter within that and the update's own.
std::string check_step(const TrainingCase& training, const SharedGradients& right, const StepTaken& taken,
                       double learning_rate);

}  // namespace lanemark
