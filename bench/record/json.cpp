// SPDX-License-Identifier: MIT

#include "bench/record/json.hpp"

#include <nlohmann/json.hpp>

#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/machine_json.hpp"
#include "bench/record/record_names.hpp"
#include "bench/text/characters.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

/// The writer's part of a bound that a reason from a library may pass: nothing is refused that was written here.
std::string at_most(const std::string& text, std::size_t characters) {
  return text.size() <= characters ? text : valid_utf8(text.substr(0, characters - 1)) + "…";
}

void set_text(json& object, const char* field, const std::string& text) {
  if (!text.empty()) object[field] = text;
}

json seconds(const std::vector<Seconds>& times, std::string_view field) {
  json list = json::array();
  for (const Seconds time : times) list.push_back(finite(time.count(), field));
  return list;
}

json work_json(const Work& work) {
  return {{"elements", work.elements},
          {"bytes", work.bytes.value},
          {"bus_factor", finite(work.bus_factor, "work.bus_factor")},
          {"flops", finite(work.flops.value, "work.flops")},
          {"samples", work.samples}};
}

json training_json(const TrainingFigures& figures) {
  json object{{"bytes_sent", figures.bytes_sent},
              {"peak_memory_bytes", figures.peak_memory},
              {"buckets_bytes", figures.buckets},
              {"parameters", figures.parameters},
              {"batch", figures.batch}};
  json& phases = object["phases"] = json::array();
  for (const Phase& phase : figures.phases) {
    phases.push_back({{"name", phase.name}, {"seconds", finite(phase.time.count(), "training.phases")}});
  }
  if (figures.without_communication) {
    object["without_communication_seconds"] =
        finite(figures.without_communication->count(), "training.without_communication_seconds");
  }
  return object;
}

}  // namespace

json case_json(const Case& what) {
  json object{{"suite", what.suite}, {"operation", what.operation}, {"ranks", what.ranks}};
  set_text(object, "backend", what.backend);
  set_text(object, "dtype", what.dtype);
  set_text(object, "mode", what.mode);
  if (what.size) object["size_bytes"] = what.size->value;
  if (!what.labels.empty()) {
    json& labels = object["labels"] = json::array();
    for (const Label& one : what.labels) labels.push_back({{"key", one.key}, {"value", one.value}});
  }
  return object;
}

json to_json(const Measurement& m) {
  json record{{"type", "measurement"},
              {"name", name(m.what)},
              {"case", case_json(m.what)},
              {"repetition", m.repetition},
              {"device", m.device},
              {"transport", m.transport},
              {"work", work_json(m.work)},
              {"operations_per_sample", m.operations_per_sample},
              {"samples_seconds", seconds(m.samples, "samples_seconds")},
              {"slowest_rank", m.slowest_rank},
              {"warm_up_seconds", finite(m.warm_up.count(), "warm_up_seconds")},
              {"warm_up_operations", m.warm_up_operations},
              {"verdict", {{"kind", verdict_names.at(static_cast<std::size_t>(m.verdict.kind))}}}};
  set_text(record["verdict"], "detail", at_most(m.verdict.detail, bounds::sentence));
  set_text(record, "skipped", at_most(m.skipped, bounds::sentence));
  if (m.limit) {
    record["limit"] = {{"name", m.limit->name}, {"bytes_per_second", finite(m.limit->rate.value, "limit")}};
  }
  if (m.stop != Stop::count) record["stopped_by"] = stop_names.at(static_cast<std::size_t>(m.stop));
  if (m.route) {
    json& route = record["route"] = {{"algorithm", m.route->algorithm}, {"channels", m.route->channels}};
    set_text(route, "protocol", m.route->protocol);
    if (m.route->inferred) route["inferred"] = true;
  }
  for (const GroupTime& group : m.groups) {
    record["groups"].push_back(
        {{"ranks", group.ranks}, {"median_seconds", finite(group.median.count(), "groups.median_seconds")}});
  }
  if (m.processors) record["processors"] = to_json(*m.processors);
  for (const GpuUse& gpu : m.gpus) record["gpus"].push_back(to_json(gpu));
  if (m.training) record["training"] = training_json(*m.training);
  for (const Ceiling& ceiling : m.ceilings) {
    record["ceilings"].push_back(
        {{"name", ceiling.name}, {"per_second", finite(ceiling.per_second, "ceilings.per_second")}});
  }
  return record;
}

}  // namespace lanemark
