// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "bench/gate/case_verdict.hpp"
#include "bench/statistics/power.hpp"

namespace lanemark {

/// How many launches would decide what these could not. Remembers what it has worked out: many cases have as many
/// launches, and only a change's ratio to their spread matters.
class EnoughLaunches {
 public:
  /// `goal` is that of a case among all that are compared, `confidence` that of the interval of its change.
  EnoughLaunches(const PowerGoal& goal, double confidence);

  /// Enough for a change of the size that it seems to have to be called, or, where that is no change of interest, for
  /// its interval to lie within the threshold. Of a case with a shift, three launches or more in all, and no zeros.
  /// Nothing where it would take more than anybody starts.
  std::optional<LaunchesNeeded> to_decide(const CaseVerdict& verdict);

 private:
  using Number = std::optional<std::size_t>;

  Number to_see_alike(double distance);
  Number to_see(std::size_t base, double distance);
  Number to_bound(std::size_t base);

  PowerGoal goal_;
  double confidence_;
  std::size_t least_to_bound_;
  std::map<int, Number> alike_;
  std::map<std::pair<std::size_t, int>, Number> against_;
  std::map<std::size_t, Number> bounding_;
};

}  // namespace lanemark
