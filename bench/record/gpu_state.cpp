// SPDX-License-Identifier: MIT

#include "bench/record/gpu_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

/// What a driver tells that cannot be is not told at all.
template <class T>
void set_known(json& object, const char* field, const std::optional<T>& value, const Range<T>& range) {
  if (value && *value >= range.least && *value <= range.most) object[field] = *value;
}

void add_taints(std::set<std::string>& to, const GpuState& state, std::string_view when) {
  const std::string gpu = fmt::format("GPU {} of rank {}", state.bus_id, state.rank);
  if (!state.throttle_reasons.empty()) {
    to.insert(fmt::format("{} throttled at the {}: {}", gpu, when, fmt::join(state.throttle_reasons, ", ")));
  }
  if (state.other_processes.value_or(0) > 0) {
    to.insert(fmt::format("{} was shared at the {} with {} other process(es)", gpu, when, *state.other_processes));
  }
}

}  // namespace

json to_json(const GpuState& state) {
  json object{{"rank", state.rank}, {"name", state.name}, {"bus_id", state.bus_id}};
  set_known(object, "sm_clock_mhz", state.sm_clock_mhz, bounds::mhz);
  set_known(object, "memory_clock_mhz", state.memory_clock_mhz, bounds::mhz);
  set_known(object, "max_sm_clock_mhz", state.max_sm_clock_mhz, bounds::mhz);
  set_known(object, "temperature_celsius", state.temperature_celsius, bounds::celsius);
  set_known(object, "power_watts", state.power_watts, bounds::watts);
  set_known(object, "other_processes", state.other_processes, bounds::some);
  set_known(object, "shared_by", state.shared_by, bounds::sharers);
  if (!state.throttle_reasons.empty()) object["throttle_reasons"] = state.throttle_reasons;
  return object;
}

GpuState gpu_state_from_json(const json& object) {
  return {.rank = required_in(object, "rank", bounds::rank),
          .name = required_text(object, "name", bounds::model),
          .bus_id = required_text(object, "bus_id", bounds::word),
          .sm_clock_mhz = optional_in(object, "sm_clock_mhz", bounds::mhz),
          .memory_clock_mhz = optional_in(object, "memory_clock_mhz", bounds::mhz),
          .max_sm_clock_mhz = optional_in(object, "max_sm_clock_mhz", bounds::mhz),
          .temperature_celsius = optional_in(object, "temperature_celsius", bounds::celsius),
          .power_watts = optional_in(object, "power_watts", bounds::watts),
          .throttle_reasons = optional_texts(object, "throttle_reasons", bounds::gpu_reasons, bounds::word),
          .other_processes = optional_in(object, "other_processes", bounds::some),
          .shared_by = optional_in(object, "shared_by", bounds::sharers)};
}

void count_own_ranks(std::vector<GpuState>& states, std::span<const Place> places) {
  for (GpuState& state : states) {
    const int ranks = sharers(places, state.rank);
    if (ranks < 2) continue;
    state.shared_by = ranks;
    // The driver may show fewer: a container's own alone, or one server for all of them.
    if (state.other_processes) state.other_processes = std::max(0, *state.other_processes - (ranks - 1));
  }
}

std::vector<std::string> taints(const std::vector<GpuState>& before, const std::vector<GpuState>& after) {
  std::set<std::string> reasons;
  for (const GpuState& state : before) add_taints(reasons, state, "start");
  for (const GpuState& state : after) add_taints(reasons, state, "end");
  return {reasons.begin(), reasons.end()};
}

}  // namespace lanemark
