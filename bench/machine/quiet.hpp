// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/core/units.hpp"

// From where on a number is no longer the machine's own. docs/regression.md says the same to people.

namespace lanemark::quiet {

/// Of the time of the processors that the ranks may use, while cases are timed: what others may take of it, and for
/// which share of it the ranks may be paused by a quota.
inline constexpr double others = 0.05;
inline constexpr double paused = 0.05;

/// A processor's time is counted in ticks, as it is when each ends: a difference of two counts may be off by one.
inline constexpr Seconds tick{0.01};

/// A rate over its limit: beyond it the limit is not the one that held.
inline constexpr double above_limit = 1.05;

}  // namespace lanemark::quiet
