// SPDX-License-Identifier: MIT

#include "bench/engine/timing_flags.hpp"

#include <fmt/format.h>

#include "kernels/core/error.hpp"

namespace lanemark {

std::vector<IgnoredFlag> ignored_by_timing(const PlannedCase& planned, const TimingOptions& timing) {
  const bool counted = timing.iterations > 0 && planned.pace != Pace::back_to_back;
  if (counted && timing.precision > 0) {
    throw UsageError(fmt::format(
        "-n and --precision: -n is the number of samples of {}, which --precision decides too; leave one off",
        planned.what.mode));
  }
  std::vector<IgnoredFlag> ignored;
  const bool blocking = planned.pace == Pace::blocking;
  if (blocking) ignored.push_back({"--warmup", "what is measured cold has no warm-up"});
  // --min-time is what people give all runs alike; it yields to counts and to calls that are timed as they come.
  if (counted) {
    ignored.push_back({"--min-samples", "-n says how many samples there are"});
  } else if (timing.precision > 0) {
    ignored.push_back({"--min-samples", "--precision decides how many samples there are"});
  } else if (blocking) {
    ignored.push_back({"--min-samples", "what is measured cold has five samples, or as many as -n says"});
  }
  return ignored;
}

}  // namespace lanemark
