// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "bench/gate/baseline.hpp"
#include "bench/record/bounded_json.hpp"
#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/json.hpp"
#include "bench/text/characters.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

json launch_json(const LaunchSummary& launch) {
  json object{{"launch", launch.launch},   {"started", launch.started},   {"ranks", launch.ranks},
              {"command", launch.command}, {"versions", launch.versions}, {"environment", launch.environment}};
  if (!launch.accepted.empty()) object["accepted"] = launch.accepted;
  return object;
}

LaunchSummary read_launch_summary(const json& object, const Fingerprint& fingerprint) {
  LaunchSummary launch;
  launch.launch = required_id(object, "launch", "a launch");
  launch.started = required_moment(object, "started");
  launch.ranks = required_in(object, "ranks", bounds::ranks);
  require_room(fingerprint, launch.ranks);
  launch.command = required_texts(object, "command", bounds::arguments, bounds::argument);
  launch.versions = versions_from_json(object);
  if (find_field(object, "environment") != nullptr) {
    launch.environment = texts_by_name(object, "environment", bounds::sentence);
  }
  launch.accepted = optional_text(object, "accepted", bounds::argument);
  return launch;
}

std::vector<LaunchSummary> read_launches(const json& object, const Fingerprint& fingerprint) {
  std::vector<LaunchSummary> launches;
  std::set<std::string> ids;
  for (const json& one : list_in(required(object, "launches"), "launches", bounds::launches)) {
    launches.push_back(read_launch_summary(one, fingerprint));
    if (!ids.insert(launches.back().launch).second) {
      refuse_field("launch", fmt::format("is that of another launch, too: {}", launches.back().launch));
    }
  }
  return launches;
}

/// A metric that a later version has is anything; what is a time by name is one.
const Range<double>& range_of(std::string_view metric_name) {
  const bool is_time = metric_name == "time" || metric_name == "p95" || metric_name == "p99";
  return is_time ? bounds::time : bounds::value;
}

/// Nothing is null where a launch has no value.
json values_json(const CaseValues& values, std::string_view metric_name) {
  json list = json::array();
  for (const std::optional<double>& value : values.by_launch) {
    if (value) require_within(*value, "values", range_of(metric_name), "has one");
    list.push_back(value ? json(*value) : json());
  }
  return list;
}

CaseValues read_values(const json& list, std::string_view metric_name, std::size_t launches) {
  if (list_in(list, "values", bounds::launches).size() != launches) {
    refuse_field("values", "has not one entry a launch");
  }
  CaseValues values;
  for (const json& value : list) {
    values.by_launch.push_back(
        value.is_null() ? std::nullopt : std::optional{number_in(value, "values", range_of(metric_name), "has one")});
  }
  return values;
}

void read_cases(Evidence& evidence, const json& object, bool median_rates) {
  int most_ranks = 0;
  for (const LaunchSummary& launch : evidence.launches) most_ranks = std::max(most_ranks, launch.ranks);
  for (const auto& [title, one] : required_object(object, "cases", bounds::measurements).items()) {
    Case what = case_from_json(required(one, "case"));
    require_name(what, title, "cases");
    if (what.ranks > most_ranks) {
      refuse_field("ranks", fmt::format("is {}, and no launch has more than {}", what.ranks, most_ranks));
    }
    evidence.cases.emplace(title, std::move(what));
    if (find_field(one, "values") == nullptr) continue;
    for (const auto& [metric, values] : required_object(one, "values", bounds::names).items()) {
      if (median_rates && metric == "samples_per_second") continue;
      evidence.values[metric].emplace(title, read_values(values, metric, evidence.launches.size()));
    }
  }
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
    if (character_count(title) > bounds::name)
      refuse_field("noise", "has a name that no case can have: it is too long");
    const bool of_case = one.is_object() && one.contains("class");
    const NoiseFloor floor{.change = required_in(one, "change", bounds::noise),
                           .comparisons = required_in(one, "comparisons", bounds::count),
                           .of_class = of_case ? required_text(one, "class", bounds::name) : title,
                           .steady = of_case && required_truth(one, "steady")};
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
    for (const auto& [title, values] : cases) object["cases"][title]["values"][metric] = values_json(values, metric);
  }
  if (!baseline.calibrated.empty()) object["calibrated"] = baseline.calibrated;
  if (!baseline.noise.empty()) object["noise"] = floors_json(baseline.noise);
  return object;
}

Baseline baseline_from_json(const json& object) {
  const std::string schema = required_text(object, "schema", bounds::word);
  if (required_text(object, "type", bounds::word) != "baseline") throw Error("not a baseline");
  if (major_version(schema) != major_version(baseline_schema)) {
    throw Error(
        fmt::format("baseline schema {}; this lanemark reads {}.x: use the one that wrote it, or make a new "
                    "baseline",
                    shown(schema), major_version(baseline_schema)));
  }
  Baseline baseline;
  Evidence& evidence = baseline.evidence;
  evidence.fingerprint = identified_fingerprint(object);
  evidence.fingerprint_id = id(evidence.fingerprint);
  evidence.launches = read_launches(object, evidence.fingerprint);
  // Up to 1.1 samples/s came from the median step, and are no measure for those of the total time.
  read_cases(evidence, object, schema == "1.0" || schema == "1.1");
  if (find_field(object, "calibrated") != nullptr) baseline.calibrated = required_moment(object, "calibrated");
  if (find_field(object, "noise") != nullptr) {
    baseline.noise = read_floors(required_object(object, "noise", bounds::measurements));
  }
  return baseline;
}

Baseline baseline_from_text(std::string_view text) {
  try {
    return baseline_from_json(parse_json(text, {.bytes = bounds::baseline_bytes, .values = bounds::baseline_values}));
  } catch (const NotJson&) {
    throw NotJson("not JSON: it was cut off or changed; restore it, or make it anew with lanemark baseline add");
  }
}

}  // namespace lanemark
