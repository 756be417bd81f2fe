#pragma once

#include <nlohmann/json.hpp>

#include <optional>
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
  friend bool operator==(const GpuState&, const GpuState&) = default;
};

nlohmann::json to_json(const GpuState& state);
GpuState gpu_state_from_json(const nlohmann::json& object);

/// All ranks' GPUs, by rank; empty on the host device. Collective over the world.
std::vector<GpuState> gpu_states(const World& world);

/// Why numbers measured between these two moments are not the machine's own: a GPU throttled or was shared.
std::vector<std::string> taints(const std::vector<GpuState>& before, const std::vector<GpuState>& after);

/// Fills in what a driver library tells of the GPU at `bus_id`, on which this process must have a context (a stream
/// makes one): it counts processes less this one. A build with such a library registers one.
struct GpuStateSource {
  std::string_view name;
  void (*read)(GpuState& state);
};

}  // namespace lanemark
