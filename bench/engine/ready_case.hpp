// SPDX-License-Identifier: MIT

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bench/engine/stopwatch.hpp"
#include "bench/engine/trial.hpp"

namespace lanemark {

/// A case about to be sampled, or one that cannot be: then it has no trial, and its measurement says why.
struct ReadyCase {
  const PlannedCase* planned;
  const World* group;  ///< that the trial works in: all its ranks, or its part of a split
  std::unique_ptr<Trial> trial{};
  Schedule schedule{};
  Counts counts{};
  Measurement measurement{};  ///< all but what its samples will tell
};

/// A planned case's measurement before anything was measured.
Measurement not_yet_measured(const PlannedCase& planned, Device device);

/// Makes cases ready that are sampled together: memory first, then what their ranks do together, then warm-up and
/// calibration of one after the other. What cannot be measured is left out and does not keep the others. Nothing where
/// several could be measured, but not at once, for want of memory. Collective over `participants`.
std::optional<std::vector<ReadyCase>> make_ready(std::span<const PlannedCase> cases, const World& participants,
                                                 std::span<const World* const> groups, const TimingOptions& timing);

}  // namespace lanemark
