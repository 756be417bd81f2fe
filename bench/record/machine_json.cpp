// SPDX-License-Identifier: MIT

#include "bench/record/machine_json.hpp"

#include <nlohmann/json.hpp>

#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

Seconds seconds(const json& object, std::string_view field) {
  return Seconds{required_in(object, field, bounds::duration)};
}

void set_known(json& object, const char* field, const std::optional<int>& value, const Range<int>& range) {
  if (value && *value >= range.least && *value <= range.most) object[field] = *value;
}

}  // namespace

json to_json(const ProcessorUse& use) {
  return {{"available_seconds", finite(use.available.count(), "available_seconds")},
          {"others_seconds", finite(use.others.count(), "others_seconds")},
          {"resolution_seconds", finite(use.resolution.count(), "resolution_seconds")},
          {"stolen_seconds", finite(use.stolen.count(), "stolen_seconds")},
          {"window_seconds", finite(use.window.count(), "window_seconds")},
          {"waited_seconds", finite(use.waited.count(), "waited_seconds")},
          {"paused_seconds", finite(use.paused.count(), "paused_seconds")},
          {"involuntary_switches", use.involuntary_switches},
          {"load", finite(use.load, "load")}};
}

ProcessorUse processor_use_from_json(const json& object) {
  const ProcessorUse use{.available = seconds(object, "available_seconds"),
                         .others = seconds(object, "others_seconds"),
                         .resolution = seconds(object, "resolution_seconds"),
                         .stolen = seconds(object, "stolen_seconds"),
                         .window = seconds(object, "window_seconds"),
                         .waited = seconds(object, "waited_seconds"),
                         .paused = seconds(object, "paused_seconds"),
                         .involuntary_switches = required_in(object, "involuntary_switches", bounds::count),
                         .load = required_in(object, "load", bounds::load)};
  if (use.others > use.available) refuse_field("others_seconds", "is above 'available_seconds', of which it is a part");
  if (use.stolen > use.others) refuse_field("stolen_seconds", "is above 'others_seconds', of which it is a part");
  return use;
}

json to_json(const GpuUse& use) {
  json object{{"rank", use.rank}};
  set_known(object, "first_sm_clock_mhz", use.first_sm_clock_mhz, bounds::mhz);
  set_known(object, "last_sm_clock_mhz", use.last_sm_clock_mhz, bounds::mhz);
  set_known(object, "other_processes", use.other_processes, bounds::some);
  if (!use.throttle_reasons.empty()) object["throttle_reasons"] = use.throttle_reasons;
  return object;
}

GpuUse gpu_use_from_json(const json& object) {
  return {.rank = required_in(object, "rank", bounds::rank),
          .first_sm_clock_mhz = optional_in(object, "first_sm_clock_mhz", bounds::mhz),
          .last_sm_clock_mhz = optional_in(object, "last_sm_clock_mhz", bounds::mhz),
          .throttle_reasons = optional_texts(object, "throttle_reasons", bounds::gpu_reasons, bounds::word),
          .other_processes = optional_in(object, "other_processes", bounds::some)};
}

}  // namespace lanemark
