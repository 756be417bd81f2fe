// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>

#include "bench/statistics/power.hpp"

namespace lanemark {

/// The smallest slowdown, relative, that as many launches as these, varying like these, show with the power asked for:
/// the rank test at `goal.alpha` sees it, and the Hodges-Lehmann estimate exceeds `threshold`, relative. Nothing where
/// so few show none at all. Of a speed-up it is the reciprocal: 1 / (1 + change) - 1.
///
/// By the bootstrap (Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979), on
/// logarithms: launches about their own side's median are dealt out anew, and of each deal the least change that would
/// have been called is known from its pairs' differences. Launches of two kinds of speed, or with a long tail, thus
/// count as what they are. They are spread out a little, since the medians were fitted to them, and since few launches
/// know their own spread only roughly. Strays that these launches happen not to have are not foreseen. Always the same
/// for the same launches. x and y in any unit, finite and above 0, three or more in all; throws Error otherwise.
std::optional<double> detectable_change(std::span<const double> x, std::span<const double> y, double threshold,
                                        const PowerGoal& goal = {});

}  // namespace lanemark
