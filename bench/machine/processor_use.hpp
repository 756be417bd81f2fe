// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <string>

#include "kernels/core/units.hpp"

namespace lanemark {

/// What the processors of some ranks did between two moments, on the node where others took most of them.
struct ProcessorUse {
  Seconds available{};   ///< of the processors that the node's ranks may use, together
  Seconds others{};      ///< of it, by processes that are not of this launch, and by a hypervisor for other machines
  Seconds resolution{};  ///< by so much `others` may be too high
  Seconds stolen{};      ///< of `others`, by the hypervisor
  Seconds window{};      ///< from one moment to the other
  Seconds waited{};      ///< of the window, while some task of the node waited for a processor (PSI)
  Seconds paused{};      ///< of the window, while the ranks' control group was paused by its quota
  std::uint64_t involuntary_switches = 0;  ///< of the node's ranks
  double load = 0;                         ///< of the node, over the last minute
  friend bool operator==(const ProcessorUse&, const ProcessorUse&) = default;
};

/// Of several times, each by itself: errors of `others` come as often from above as from below.
ProcessorUse sum(const ProcessorUse& a, const ProcessorUse& b);

/// Share of the processors' time that others took, in [0, 1].
double share_of_others(const ProcessorUse& use);

/// Why what was timed meanwhile is not the machine's own: "other processes took 48 % of the time of the processors
/// that these ranks may use"; empty where it is. The limits are those of quiet.hpp.
std::string disturbance(const ProcessorUse& use);

}  // namespace lanemark
