// SPDX-License-Identifier: MIT

#include "bench/machine/processor_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/machine/quiet.hpp"

namespace lanemark {

ProcessorUse sum(const ProcessorUse& a, const ProcessorUse& b) {
  return {.available = a.available + b.available,
          .others = a.others + b.others,
          .resolution = Seconds{std::hypot(a.resolution.count(), b.resolution.count())},
          .stolen = a.stolen + b.stolen,
          .window = a.window + b.window,
          .waited = a.waited + b.waited,
          .paused = a.paused + b.paused,
          .involuntary_switches = a.involuntary_switches + b.involuntary_switches,
          .load = std::max(a.load, b.load)};
}

double share_of_others(const ProcessorUse& use) {
  return use.available > Seconds{0} ? std::min(1.0, use.others / use.available) : 0;
}

std::string disturbance(const ProcessorUse& use) {
  if (use.others - use.resolution > quiet::others * use.available) {
    const double stolen = use.stolen / use.available;
    return fmt::format(
        "other processes took {:.0f} % of the time of the processors that these ranks may use{}",
        100 * share_of_others(use),
        stolen > quiet::others ? fmt::format(", {:.0f} % for other virtual machines", 100 * stolen) : "");
  }
  if (use.paused > quiet::paused * use.window) {
    return fmt::format("a quota of processor time paused the ranks for {:.0f} % of the time",
                       100 * std::min(1.0, use.paused / use.window));
  }
  return {};
}

}  // namespace lanemark
