// SPDX-License-Identifier: MIT

#include <algorithm>

#include "bench/record/gpu_state.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/cuda/nvml.hpp"

namespace lanemark {
namespace {

/// One of the processes is this one, whatever number the driver gives it outside a container. Nothing where the
/// driver shows no process, not even this.
std::optional<int> others(const std::optional<std::vector<GpuProcess>>& processes) {
  if (!processes || processes->empty()) return std::nullopt;
  return static_cast<int>(processes->size()) - 1;
}

void read(GpuState& state) {
  const Nvml* nvml = Nvml::find();
  if (nvml == nullptr) return;
  const std::optional<NvmlGpu> gpu = nvml->gpu(state.bus_id);
  if (!gpu) return;
  state.sm_clock_mhz = gpu->sm_clock_mhz();
  state.memory_clock_mhz = gpu->memory_clock_mhz();
  state.max_sm_clock_mhz = gpu->maximum_sm_clock_mhz();
  state.temperature_celsius = gpu->temperature_celsius();
  state.power_watts = gpu->power_watts();
  state.throttle_reasons = slowdowns(gpu->clock_event_reasons().value_or(0));
  state.other_processes = others(gpu->compute_processes());
}

const Registered<GpuStateSource> nvml_source{{.name = "nvml", .read = read}};

}  // namespace
}  // namespace lanemark
