#include "bench/record/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "bench/record/fields.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> verdict_names{"unverified", "correct", "wrong"};
constexpr std::array<std::string_view, 3> stop_names{"count", "precision", "time"};

template <class Enum>
Enum parse_name(std::string_view field, std::string_view text, const std::array<std::string_view, 3>& names) {
  const auto* const found = std::ranges::find(names, text);
  if (found != names.end()) return static_cast<Enum>(found - names.begin());
  refuse_field(field, fmt::format("is '{}', not one of {}", text, fmt::join(names, ", ")));
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

Work read_work(const json& object) {
  return {.elements = required_as<std::uint64_t>(object, "elements"),
          .bytes = Bytes{required_as<std::uint64_t>(object, "bytes")},
          .bus_factor = required_as<double>(object, "bus_factor"),
          .flops = {required_as<double>(object, "flops")},
          .samples = required_as<std::uint64_t>(object, "samples")};
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

TrainingFigures read_training(const json& object) {
  TrainingFigures figures;
  const json& phases = required(object, "phases");
  if (!phases.is_array()) refuse_field("phases", "is not a list");
  for (const json& phase : phases) {
    figures.phases.push_back({required_as<std::string>(phase, "name"), Seconds{required_as<double>(phase, "seconds")}});
  }
  if (object.contains("without_communication_seconds")) {
    figures.without_communication = Seconds{required_as<double>(object, "without_communication_seconds")};
  }
  figures.bytes_sent = required_as<std::vector<std::uint64_t>>(object, "bytes_sent");
  figures.peak_memory = required_as<std::vector<std::uint64_t>>(object, "peak_memory_bytes");
  figures.buckets = required_as<std::vector<std::uint64_t>>(object, "buckets_bytes");
  figures.parameters = required_as<std::uint64_t>(object, "parameters");
  figures.batch = required_as<std::uint64_t>(object, "batch");
  return figures;
}

}  // namespace

json case_json(const Case& what) {
  json object{{"suite", what.suite}, {"operation", what.operation}, {"ranks", what.ranks}};
  set_text(object, "backend", what.backend);
  set_text(object, "dtype", what.dtype);
  set_text(object, "mode", what.mode);
  if (what.size != Bytes{}) object["size_bytes"] = what.size.value;
  if (!what.labels.empty()) {
    json& labels = object["labels"] = json::array();
    for (const Label& one : what.labels) labels.push_back({{"key", one.key}, {"value", one.value}});
  }
  return object;
}

Case case_from_json(const json& object) {
  Case what;
  what.suite = required_as<std::string>(object, "suite");
  what.operation = required_as<std::string>(object, "operation");
  what.ranks = required_as<int>(object, "ranks");
  what.backend = optional_as<std::string>(object, "backend");
  what.dtype = optional_as<std::string>(object, "dtype");
  what.mode = optional_as<std::string>(object, "mode");
  what.size = Bytes{optional_as<std::uint64_t>(object, "size_bytes")};
  if (const auto labels = object.find("labels"); labels != object.end()) {
    if (!labels->is_array()) refuse_field("labels", "is not a list");
    for (const json& one : *labels) {
      what.labels.push_back({required_as<std::string>(one, "key"), required_as<std::string>(one, "value")});
    }
  }
  return what;
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
  set_text(record["verdict"], "detail", m.verdict.detail);
  set_text(record, "skipped", m.skipped);
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
  if (m.training) record["training"] = training_json(*m.training);
  for (const Ceiling& ceiling : m.ceilings) {
    record["ceilings"].push_back(
        {{"name", ceiling.name}, {"per_second", finite(ceiling.per_second, "ceilings.per_second")}});
  }
  return record;
}

Measurement measurement_from_json(const json& record) {
  Measurement m;
  m.what = case_from_json(required(record, "case"));
  m.repetition = required_as<int>(record, "repetition");
  m.device = required_as<std::string>(record, "device");
  m.transport = required_as<std::string>(record, "transport");
  m.work = read_work(required(record, "work"));
  m.operations_per_sample = required_as<std::uint64_t>(record, "operations_per_sample");
  for (const double time : required_as<std::vector<double>>(record, "samples_seconds")) {
    if (time < 0) refuse_field("samples_seconds", "has one below 0");
    m.samples.emplace_back(time);
  }
  m.slowest_rank = required_as<std::vector<int>>(record, "slowest_rank");
  m.warm_up = Seconds{required_as<double>(record, "warm_up_seconds")};
  m.warm_up_operations = required_as<std::uint64_t>(record, "warm_up_operations");
  const json& verdict = required(record, "verdict");
  m.verdict = {parse_name<Verdict::Kind>("verdict.kind", required_as<std::string>(verdict, "kind"), verdict_names),
               optional_as<std::string>(verdict, "detail")};
  m.skipped = optional_as<std::string>(record, "skipped");
  if (const auto limit = record.find("limit"); limit != record.end()) {
    m.limit = Limit{required_as<std::string>(*limit, "name"), {required_as<double>(*limit, "bytes_per_second")}};
  }
  if (record.contains("stopped_by")) {
    m.stop = parse_name<Stop>("stopped_by", required_as<std::string>(record, "stopped_by"), stop_names);
  }
  if (const auto route = record.find("route"); route != record.end()) {
    m.route = Route{.algorithm = required_as<std::string>(*route, "algorithm"),
                    .protocol = optional_as<std::string>(*route, "protocol"),
                    .channels = required_as<int>(*route, "channels"),
                    .inferred = optional_as<bool>(*route, "inferred")};
  }
  if (const auto groups = record.find("groups"); groups != record.end()) {
    if (!groups->is_array()) refuse_field("groups", "is not a list");
    for (const json& one : *groups) {
      m.groups.push_back({.ranks = required_as<std::vector<int>>(one, "ranks"),
                          .median = Seconds{required_as<double>(one, "median_seconds")}});
    }
  }
  if (const auto training = record.find("training"); training != record.end()) m.training = read_training(*training);
  if (const auto ceilings = record.find("ceilings"); ceilings != record.end()) {
    if (!ceilings->is_array()) refuse_field("ceilings", "is not a list");
    for (const json& one : *ceilings) {
      m.ceilings.push_back({required_as<std::string>(one, "name"), required_as<double>(one, "per_second")});
    }
  }
  return m;
}

}  // namespace lanemark
