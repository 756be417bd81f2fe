#include "bench/record/gpu_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/record/fields.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

template <class T>
void set_known(json& object, const char* field, const std::optional<T>& value) {
  if (value) object[field] = *value;
}

template <class T>
std::optional<T> known(const json& object, const char* field) {
  if (!object.contains(field)) return std::nullopt;
  return required_as<T>(object, field);
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
  set_known(object, "sm_clock_mhz", state.sm_clock_mhz);
  set_known(object, "memory_clock_mhz", state.memory_clock_mhz);
  set_known(object, "max_sm_clock_mhz", state.max_sm_clock_mhz);
  set_known(object, "temperature_celsius", state.temperature_celsius);
  set_known(object, "power_watts", state.power_watts);
  set_known(object, "other_processes", state.other_processes);
  if (!state.throttle_reasons.empty()) object["throttle_reasons"] = state.throttle_reasons;
  return object;
}

GpuState gpu_state_from_json(const json& object) {
  return {.rank = required_as<int>(object, "rank"),
          .name = required_as<std::string>(object, "name"),
          .bus_id = required_as<std::string>(object, "bus_id"),
          .sm_clock_mhz = known<int>(object, "sm_clock_mhz"),
          .memory_clock_mhz = known<int>(object, "memory_clock_mhz"),
          .max_sm_clock_mhz = known<int>(object, "max_sm_clock_mhz"),
          .temperature_celsius = known<int>(object, "temperature_celsius"),
          .power_watts = known<double>(object, "power_watts"),
          .throttle_reasons = optional_as<std::vector<std::string>>(object, "throttle_reasons"),
          .other_processes = known<int>(object, "other_processes")};
}

std::vector<std::string> taints(const std::vector<GpuState>& before, const std::vector<GpuState>& after) {
  std::set<std::string> reasons;
  for (const GpuState& state : before) add_taints(reasons, state, "start");
  for (const GpuState& state : after) add_taints(reasons, state, "end");
  return {reasons.begin(), reasons.end()};
}

}  // namespace lanemark
