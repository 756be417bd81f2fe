// SPDX-License-Identifier: MIT

#pragma once

#include <memory>

#include "bench/engine/trial.hpp"

namespace lanemark {

/// For tests of what finds regressions: the trial, each of whose operations is followed by a wait of this share of its
/// own time. The device waits in the order of the trial's stream, so that the time passes where it is measured, at
/// every pace and from a graph too. What a trial describes besides its samples is not slowed. On a GPU two more kernels
/// run for each operation, so that one of a few microseconds becomes slower than asked for.
std::unique_ptr<Trial> make_slowed_trial(std::unique_ptr<Trial> trial, double share);

/// The case with such a trial.
PlannedCase slowed(PlannedCase planned, double share);

}  // namespace lanemark
