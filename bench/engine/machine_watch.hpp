// SPDX-License-Identifier: MIT

#pragma once

#include <vector>

#include "bench/machine/processor_watch.hpp"
#include "bench/measurement/measurement.hpp"
#include "bench/record/gpu_state.hpp"

namespace lanemark {

/// What else the machine does while a case's samples are taken: looked at just before and just after, outside the timed
/// region.
class MachineWatch {
 public:
  /// Collective over `world`, the case's ranks; it must outlive this as `source` must.
  MachineWatch(const World& world, ProcessorSource& source) : world_{world}, processors_{world, source} {}

  /// Both collective.
  void begin();
  void end();

  /// What it saw last, on all ranks.
  void describe(Measurement& m) const;

 private:
  const World& world_;
  ProcessorWatch processors_;
  std::vector<GpuState> gpus_before_;
  ProcessorUse use_{};
  std::vector<GpuUse> gpus_;
};

/// Of the same GPUs, in the order of ranks.
std::vector<GpuUse> gpu_uses(const std::vector<GpuState>& before, const std::vector<GpuState>& after);

/// For a moment in which the ranks do nothing: what others do then. Collective.
ProcessorUse idle_moment(const World& world, ProcessorSource& source);

}  // namespace lanemark
