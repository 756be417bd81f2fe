#include <fmt/format.h>

#include "bench/gate/baseline.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/json.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

json launch_json(const LaunchSummary& launch) {
  return {{"launch", launch.launch},   {"started", launch.started},   {"ranks", launch.ranks},
          {"command", launch.command}, {"versions", launch.versions}, {"environment", launch.environment}};
}

LaunchSummary read_launch_summary(const json& object) {
  LaunchSummary launch;
  launch.launch = required_as<std::string>(object, "launch");
  launch.started = required_as<std::string>(object, "started");
  launch.ranks = required_as<int>(object, "ranks");
  launch.command = required_as<std::vector<std::string>>(object, "command");
  launch.versions = texts_by_name(object, "versions");
  if (object.contains("environment")) launch.environment = texts_by_name(object, "environment");
  return launch;
}

/// Nothing is null where a launch has no value.
json values_json(const CaseValues& values) {
  json list = json::array();
  for (const std::optional<double>& value : values.by_launch) {
    if (value.value_or(0) < 0) refuse_field("values", "has one below 0");  // as read_values would
    list.push_back(value ? json(finite(*value, "values")) : json());
  }
  return list;
}

CaseValues read_values(const json& list, std::size_t launches) {
  if (!list.is_array()) refuse_field("values", "is not a list");
  if (list.size() != launches) refuse_field("values", "has not one entry a launch");
  CaseValues values;
  for (const json& value : list) {
    values.by_launch.push_back(value.is_null() ? std::nullopt : std::optional{field_as<double>(value, "values")});
    if (values.by_launch.back().value_or(0) < 0) refuse_field("values", "has one below 0");
  }
  return values;
}

const json& object_of(const json& object, std::string_view field) {
  const json& found = required(object, field);
  if (!found.is_object()) refuse_field(field, "is not an object");
  return found;
}

json floors_json(const NoiseFloors& floors) {
  json object = json::object();
  for (const auto& [title, floor] : floors.cases()) {
    object[title] = {{"class", floor.of_class},
                     {"change", finite(floor.change, "noise")},
                     {"comparisons", floor.comparisons},
                     {"steady", floor.steady}};
  }
  return object;
}

/// Schema 1.0 has floors of classes alone, by the class.
NoiseFloors read_floors(const json& object) {
  NoiseFloors floors;
  for (const auto& [title, one] : object.items()) {
    const bool of_case = one.is_object() && one.contains("class");
    NoiseFloor floor{.change = required_as<double>(one, "change"),
                     .comparisons = required_as<std::uint64_t>(one, "comparisons"),
                     .of_class = of_case ? required_as<std::string>(one, "class") : title,
                     .steady = of_case && required_as<bool>(one, "steady")};
    // More than a thousandfold is no noise, and would call everything the same.
    if (!(floor.change >= 0 && floor.change < 1000)) refuse_field("noise", "has a change below 0 or of 1000 and more");
    floors.set(title, floor);
  }
  return floors;
}

}  // namespace

json to_json(const Baseline& baseline) {
  const Evidence& evidence = baseline.evidence;
  json object{{"type", "baseline"},
              {"schema", baseline_schema},
              {"fingerprint", to_json(evidence.fingerprint)},
              {"fingerprint_id", evidence.fingerprint_id},
              {"launches", json::array()},
              {"cases", json::object()}};
  for (const LaunchSummary& launch : evidence.launches) object["launches"].push_back(launch_json(launch));
  for (const auto& [title, what] : evidence.cases) object["cases"][title] = {{"case", case_json(what)}};
  for (const auto& [metric, cases] : evidence.values) {
    for (const auto& [title, values] : cases) object["cases"][title]["values"][metric] = values_json(values);
  }
  if (!baseline.calibrated.empty()) object["calibrated"] = baseline.calibrated;
  if (!baseline.noise.empty()) object["noise"] = floors_json(baseline.noise);
  return object;
}

Baseline baseline_from_json(const json& object) {
  const auto schema = required_as<std::string>(object, "schema");
  if (required_as<std::string>(object, "type") != "baseline") throw Error("not a baseline");
  if (major_version(schema) != major_version(baseline_schema)) {
    throw Error(
        fmt::format("baseline schema {}; this lanemark reads {}.x: use the one that wrote it, or make a new "
                    "baseline",
                    schema, major_version(baseline_schema)));
  }
  Baseline baseline;
  Evidence& evidence = baseline.evidence;
  evidence.fingerprint = fingerprint_from_json(required(object, "fingerprint"));
  evidence.fingerprint_id = required_as<std::string>(object, "fingerprint_id");
  const json& launches = required(object, "launches");
  if (!launches.is_array()) refuse_field("launches", "is not a list");
  for (const json& launch : launches) evidence.launches.push_back(read_launch_summary(launch));
  for (const auto& [title, one] : object_of(object, "cases").items()) {
    evidence.cases.emplace(title, case_from_json(required(one, "case")));
    if (!one.contains("values")) continue;
    for (const auto& [metric, values] : object_of(one, "values").items()) {
      evidence.values[metric].emplace(title, read_values(values, evidence.launches.size()));
    }
  }
  baseline.calibrated = optional_as<std::string>(object, "calibrated");
  if (object.contains("noise")) baseline.noise = read_floors(object_of(object, "noise"));
  return baseline;
}

}  // namespace lanemark
