// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectives/core/world.hpp"

namespace lanemark {

/// One rank's GPU at one moment; what the driver does not tell is absent.
struct GpuState {
  int rank = 0;
  std::string name;
  std::string bus_id;
  std::optional<int> sm_clock_mhz;
  std::optional<int> memory_clock_mhz;
  std::optional<int> max_sm_clock_mhz;
  std::optional<int> temperature_celsius;
  std::optional<double> power_watts;
  std::vector<std::string> throttle_reasons;  ///< that slow it down now: "thermal", "power brake" …
  std::optional<int> other_processes;         ///< on this GPU, those of the launch not counted
  std::optional<int> shared_by{};             ///< ranks of the launch that use this GPU, where they are several
  friend bool operator==(const GpuState&, const GpuState&) = default;
};

/// Without numbers that no GPU can have.
nlohmann::json to_json(const GpuState& state);
/// Throws Error that names a field that is missing, ill-typed or out of its bounds.
GpuState gpu_state_from_json(const nlohmann::json& object);

/// All ranks' GPUs, by rank; empty on the host device. Collective over the world.
std::vector<GpuState> gpu_states(const World& world);
/// The same where each rank has a stream on its GPU already; takes no memory of any device.
std::vector<GpuState> gpu_states_in_use(const World& world);

/// Where ranks of the launch, whose places these are, share a GPU: says so in their states, and takes them off the
/// processes that each rank, knowing itself alone, has counted.
void count_own_ranks(std::vector<GpuState>& states, std::span<const Place> places);

/// Why numbers measured between these two moments are not the machine's own: a GPU throttled or was shared.
std::vector<std::string> taints(const std::vector<GpuState>& before, const std::vector<GpuState>& after);

/// Fills in what a driver library tells of the GPU at `bus_id`, on which this process must have a context (a stream
/// makes one): it counts processes less this one. A build with such a library registers one.
struct GpuStateSource {
  std::string_view name;
  void (*read)(GpuState& state);
};

}  // namespace lanemark
