// SPDX-License-Identifier: MIT

#pragma once

#include <memory>

#include "bench/engine/trial.hpp"
#include "bench/training/training_case.hpp"

namespace lanemark {

/// Memory that the hungriest rank takes on the device, and besides on the host: the root's check against a single rank
/// and what the backend keeps are included.
Backend::Beside training_memory(const TrainingCase& training);

/// The communicator outlives the trial.
std::unique_ptr<Trial> make_training_trial(const TrainingCase& training, Communicator& communicator,
                                           const World& participants);

}  // namespace lanemark
