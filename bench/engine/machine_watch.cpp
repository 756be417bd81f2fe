// SPDX-License-Identifier: MIT

#include "bench/engine/machine_watch.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace lanemark {

std::vector<GpuUse> gpu_uses(const std::vector<GpuState>& before, const std::vector<GpuState>& after) {
  std::vector<GpuUse> all;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
    const GpuState& first = before[i];
    const GpuState& last = after[i];
    GpuUse use{.rank = first.rank,
               .first_sm_clock_mhz = first.sm_clock_mhz,
               .last_sm_clock_mhz = last.sm_clock_mhz,
               .throttle_reasons = first.throttle_reasons,
               .other_processes = std::max(first.other_processes, last.other_processes)};
    for (const std::string& reason : last.throttle_reasons) {
      if (std::ranges::find(use.throttle_reasons, reason) == use.throttle_reasons.end()) {
        use.throttle_reasons.push_back(reason);
      }
    }
    all.push_back(std::move(use));
  }
  return all;
}

void MachineWatch::begin() {
  gpus_before_ = gpu_states_in_use(world_);
  world_.barrier();
  processors_.begin();
}

void MachineWatch::end() {
  use_ = processors_.end();
  gpus_ = gpu_uses(gpus_before_, gpu_states_in_use(world_));
}

void MachineWatch::describe(Measurement& m) const {
  m.processors = use_;
  m.gpus = gpus_;
}

ProcessorUse idle_moment(const World& world, ProcessorSource& source) {
  constexpr std::chrono::milliseconds moment{100};
  ProcessorWatch watch{world, source};
  world.barrier();
  watch.begin();
  std::this_thread::sleep_for(moment);
  return watch.end();
}

}  // namespace lanemark
