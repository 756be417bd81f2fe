// SPDX-License-Identifier: MIT

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "bench/doctor/part.hpp"
#include "bench/record/gpu_state.hpp"
#include "bench/text/figures.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {
namespace {

int attribute(cudaDeviceAttr which, int ordinal) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, which, ordinal) == cudaSuccess ? value : 0;
}

void look_at_modes(Findings& findings, const std::string& gpu, int ordinal, const World& world) {
  const int mode = attribute(cudaDevAttrComputeMode, ordinal);
  if (mode == cudaComputeModeProhibited) {
    findings.problem(gpu + " is in compute mode 'prohibited': nothing may run on it",
                     "nvidia-smi -c DEFAULT (as root)");
  } else if (mode == cudaComputeModeExclusiveProcess && !shared_gpus(world.places()).empty()) {
    findings.problem(gpu + " is in compute mode 'exclusive process', and ranks share GPUs: all but one of them fail",
                     "one rank for each GPU, or nvidia-smi -c DEFAULT (as root)");
  }
  if (attribute(cudaDevAttrEccEnabled, ordinal) == 0) {
    findings.note(gpu + " has ECC off: a flipped bit in memory goes unnoticed but by verification",
                  "nvidia-smi -e 1 and a restart, if this is a data-centre GPU");
  }
  if (attribute(cudaDevAttrKernelExecTimeout, ordinal) != 0) {
    findings.note(gpu + " drives a display: kernels over a few seconds are killed, and the desktop shares it",
                  "measure on a GPU without a display");
  }
}

void look_at_state(Findings& findings, const std::string& gpu, const GpuState& state) {
  if (!state.throttle_reasons.empty()) {
    findings.problem(fmt::format("{} runs slower than it could: {}", gpu, fmt::join(state.throttle_reasons, ", ")),
                     "see to cooling and power (nvidia-smi -q -d PERFORMANCE, -pl for the power limit)");
  }
  if (state.other_processes.value_or(0) > 0) {
    findings.problem(
        fmt::format("{} is used by {} other process(es): times are theirs too", gpu, *state.other_processes),
        "nvidia-smi shows them; wait for them, or choose other GPUs (CUDA_VISIBLE_DEVICES)");
  }
}

std::string described(const GpuState& state, const DeviceProperties& gpu) {
  std::string text = fmt::format("{}, {}", gpu.name, amount_figure(gpu.memory));
  if (state.sm_clock_mhz && state.max_sm_clock_mhz) {
    text += fmt::format(", SM clock {} of {} MHz", *state.sm_clock_mhz, *state.max_sm_clock_mhz);
  }
  if (state.temperature_celsius) text += fmt::format(", {} °C", *state.temperature_celsius);
  if (state.power_watts) text += fmt::format(", {:.0f} W", *state.power_watts);
  return text;
}

void look_at(Findings& findings, int ordinal, const World& world) {
  const DeviceProperties properties_of = properties({DeviceKind::cuda, ordinal});
  const Stream context{{DeviceKind::cuda, ordinal}};
  GpuState state;
  state.name = properties_of.name;
  state.bus_id = properties_of.bus_id;
  for (const GpuStateSource* source : Registry<GpuStateSource>::all()) source->read(state);
  const std::string gpu = fmt::format("GPU {} ({})", ordinal, state.bus_id);
  findings.ok(fmt::format("{}: {}", gpu, described(state, properties_of)));
  if (properties_of.name.find("MIG") != std::string::npos) {
    findings.note(gpu + " is a MIG slice: it has a part of the GPU's memory rate, and no NVLink",
                  "measure whole GPUs (nvidia-smi -mig 0, as root) to know the machine");
  }
  look_at_modes(findings, gpu, ordinal, world);
  look_at_state(findings, gpu, state);
}

/// GPUs that ranks of this node use.
int used_here(const World& world) {
  std::vector<Place> here;
  const int node = world.places()[static_cast<std::size_t>(world.rank())].node;
  std::ranges::copy_if(world.places(), std::back_inserter(here),
                       [&](const Place& one) { return one.node == node && !one.device.empty(); });
  return devices_of(here);
}

std::vector<Finding> gpu_findings(const World& world) {
  Findings findings{"gpus"};
  int gpus = 0;
  const cudaError_t status = cudaGetDeviceCount(&gpus);
  if (status != cudaSuccess || gpus == 0) {
    findings.note(fmt::format("no GPU is visible ({}): only the host device can be measured",
                              status == cudaSuccess ? "none found" : cudaGetErrorString(status)),
                  "see that CUDA_VISIBLE_DEVICES is not empty and that nvidia-smi lists a GPU; in a container, docker "
                  "--gpus all");
    return findings.take();
  }
  for (int ordinal = 0; ordinal < gpus; ++ordinal) {
    try {
      look_at(findings, ordinal, world);
    } catch (const Error& error) {
      findings.problem(fmt::format("GPU {} cannot be used: {}", ordinal, error.what()),
                       "see nvidia-smi; leave it out with CUDA_VISIBLE_DEVICES to measure the others");
    }
  }
  const int used = used_here(world);
  if (used > gpus) {
    findings.note(
        fmt::format("rank {} sees {} of the {} GPUs that ranks of this node use: the others were not looked at",
                    world.rank(), gpus, used),
        "ask a rank that sees them all (without CUDA_VISIBLE_DEVICES; srun --gpu-bind=none)");
  } else if (used < gpus && world.size() > 1) {
    findings.note(fmt::format("{} of {} GPUs of this node are used", used, gpus));
  }
  return findings.take();
}

const Registered<DoctorPart> gpus_part{{.name = "gpus", .order = 4, .run = gpu_findings}};

}  // namespace
}  // namespace lanemark
