#include "bench/gate/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <system_error>

#include "bench/record/durable_file.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/json.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

json launch_json(const LaunchSummary& launch) {
  return {{"launch", launch.launch},
          {"started", launch.started},
          {"ranks", launch.ranks},
          {"command", launch.command},
          {"versions", launch.versions}};
}

LaunchSummary read_launch_summary(const json& object) {
  LaunchSummary launch;
  launch.launch = required_as<std::string>(object, "launch");
  launch.started = required_as<std::string>(object, "started");
  launch.ranks = required_as<int>(object, "ranks");
  launch.command = required_as<std::vector<std::string>>(object, "command");
  launch.versions = texts_by_name(object, "versions");
  return launch;
}

/// Nothing is null where a launch has no value.
json values_json(const CaseValues& values) {
  json list = json::array();
  for (const std::optional<double>& value : values.by_launch) {
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
  }
  return values;
}

const json& object_of(const json& object, std::string_view field) {
  const json& found = required(object, field);
  if (!found.is_object()) refuse_field(field, "is not an object");
  return found;
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
  if (!baseline.calibrated.empty()) {
    object["calibrated"] = baseline.calibrated;
    object["noise"] = json::object();
    for (const auto& [of_class, floor] : baseline.noise) {
      object["noise"][of_class] = {{"change", finite(floor.change, "noise")}, {"comparisons", floor.comparisons}};
    }
  }
  return object;
}

Baseline baseline_from_json(const json& object) {
  const auto schema = required_as<std::string>(object, "schema");
  const auto major = [](std::string_view version) { return version.substr(0, version.find('.')); };
  if (required_as<std::string>(object, "type") != "baseline") throw Error("not a baseline");
  if (major(schema) != major(baseline_schema)) {
    throw Error(
        fmt::format("baseline schema {}; this lanemark reads {}.x: use the one that wrote it, or make a new "
                    "baseline",
                    schema, major(baseline_schema)));
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
  if (object.contains("noise")) {
    for (const auto& [of_class, floor] : object_of(object, "noise").items()) {
      baseline.noise[of_class] = {required_as<double>(floor, "change"),
                                  required_as<std::uint64_t>(floor, "comparisons")};
    }
  }
  return baseline;
}

std::vector<std::string> BaselineFolder::ids() const {
  std::vector<std::string> all;
  std::error_code status;
  for (const auto& entry : std::filesystem::directory_iterator{folder_, status}) {
    if (entry.path().extension() == ".json") all.push_back(entry.path().stem().string());
  }
  std::ranges::sort(all);
  return all;
}

std::optional<Baseline> BaselineFolder::find(const std::string& fingerprint_id) const {
  const std::filesystem::path path = folder_ / (fingerprint_id + ".json");
  std::ifstream file{path, std::ios::binary};
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    throw UsageError(fmt::format("cannot read {}: {}", path.string(), std::generic_category().message(errno)));
  }
  std::string text;
  try {
    text.assign(std::istreambuf_iterator<char>{file}, {});
  } catch (const std::ios_base::failure& error) {  // a folder opens, but cannot be read
    throw UsageError(fmt::format("cannot read {}: {}", path.string(), error.what()));
  }
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded()) {
    throw UsageError(
        fmt::format("{} is not JSON: it was cut off or changed; restore it, or make it anew with lanemark "
                    "baseline add",
                    path.string()));
  }
  try {
    return baseline_from_json(object);
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

namespace {

/// A line for each case and launch, so that a version control system shows what changed.
std::string lines(const json& baseline) {
  std::string text = "{\n";
  for (auto field = baseline.begin(); field != baseline.end(); ++field) {
    const bool many = field.key() == "cases" || field.key() == "launches";
    text += fmt::format("{}: ", json(field.key()).dump());
    if (!many || field->empty()) {
      text += field->dump();
    } else {
      text += field->is_array() ? "[\n" : "{\n";
      for (auto one = field->begin(); one != field->end(); ++one) {
        if (field->is_object()) text += fmt::format("{}: ", json(one.key()).dump());
        text += fmt::format("{}{}\n", one->dump(), std::next(one) == field->end() ? "" : ",");
      }
      text += field->is_array() ? "]" : "}";
    }
    text += std::next(field) == baseline.end() ? "\n" : ",\n";
  }
  return text + "}\n";
}

}  // namespace

void BaselineFolder::put(const Baseline& baseline) const {
  replace_file(folder_ / (baseline.evidence.fingerprint_id + ".json"), lines(to_json(baseline)));
}

void BaselineFolder::remove(const std::string& fingerprint_id) const {
  std::filesystem::remove(folder_ / (fingerprint_id + ".json"));
}

namespace {

std::vector<std::string> differences(const Fingerprint& there, const Fingerprint& here) {
  const json left = to_json(there);
  const json right = to_json(here);
  json fields = left;  // a machine without GPUs has no field for them
  fields.update(right);
  const auto text = [](const json& fingerprint, const std::string& field) {
    const auto found = fingerprint.find(field);
    if (found == fingerprint.end()) return std::string{"none"};
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  std::vector<std::string> all;
  for (const auto& [field, value] : fields.items()) {
    const std::string before = text(left, field);
    const std::string now = text(right, field);
    if (before != now) all.push_back(fmt::format("{}: {} there, {} here", field, before, now));
  }
  return all;
}

}  // namespace

std::optional<BaselineFolder::Nearest> BaselineFolder::nearest(const Fingerprint& fingerprint) const {
  std::optional<Nearest> best;
  for (const std::string& id : ids()) {
    const std::optional<Baseline> other = find(id);
    if (!other) continue;
    Nearest candidate{id, differences(other->evidence.fingerprint, fingerprint)};
    if (!best || candidate.differences.size() < best->differences.size()) best = std::move(candidate);
  }
  return best;
}

void add(Baseline& baseline, const Evidence& evidence) {
  Evidence& into = baseline.evidence;
  if (into.launches.empty() && into.fingerprint_id.empty()) {
    into.fingerprint = evidence.fingerprint;
    into.fingerprint_id = evidence.fingerprint_id;
  }
  std::vector<std::size_t> added;
  for (std::size_t i = 0; i < evidence.launches.size(); ++i) {
    const LaunchSummary& launch = evidence.launches[i];
    const bool known = std::ranges::find(into.launches, launch.launch, &LaunchSummary::launch) != into.launches.end();
    if (known || !launch.excluded.empty()) continue;
    added.push_back(i);
    into.launches.push_back(launch);
    into.launches.back().file.clear();
  }
  for (const auto& [metric, cases] : evidence.values) {
    for (const auto& [title, values] : cases) {
      const bool has_any = std::ranges::any_of(added, [&](std::size_t i) { return values.by_launch[i].has_value(); });
      if (!has_any) continue;
      CaseValues& mine = into.values[metric][title];
      mine.by_launch.resize(into.launches.size() - added.size());
      for (const std::size_t i : added) mine.by_launch.push_back(values.by_launch[i]);
      into.cases.try_emplace(title, evidence.cases.at(title));
    }
  }
  for (auto& [metric, cases] : into.values) {
    for (auto& [title, values] : cases) values.by_launch.resize(into.launches.size());
  }
}

void keep_latest(Baseline& baseline, std::size_t launches) {
  Evidence& evidence = baseline.evidence;
  // Launches lie in the order in which they were added; that of their start decides.
  std::vector<std::size_t> order(evidence.launches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return evidence.launches[i].started; });
  if (order.size() > launches) order.erase(order.begin(), order.end() - static_cast<std::ptrdiff_t>(launches));
  std::vector<LaunchSummary> kept;
  kept.reserve(order.size());
  for (const std::size_t i : order) kept.push_back(evidence.launches[i]);
  evidence.launches = std::move(kept);
  std::set<std::string> measured_still;
  for (auto& [metric, cases] : evidence.values) {
    for (auto& [title, values] : cases) {
      CaseValues left;
      left.by_launch.reserve(order.size());
      for (const std::size_t i : order) left.by_launch.push_back(values.by_launch[i]);
      values = std::move(left);
    }
    std::erase_if(cases, [](const auto& one) { return one.second.values().empty(); });
    for (const auto& [title, values] : cases) measured_still.insert(title);
  }
  std::erase_if(evidence.cases, [&](const auto& one) { return !measured_still.contains(one.first); });
}

std::vector<std::string> changed_versions(const std::vector<LaunchSummary>& before,
                                          const std::vector<LaunchSummary>& after) {
  const auto all_of = [](const std::vector<LaunchSummary>& launches) {
    std::map<std::string, std::set<std::string>> versions;
    for (const LaunchSummary& launch : launches) {
      for (const auto& [software, version] : launch.versions) versions[software].insert(version);
    }
    return versions;
  };
  if (before.empty() || after.empty()) return {};
  const auto old = all_of(before);
  const auto now = all_of(after);
  std::set<std::string> names;
  for (const auto* const versions : {&old, &now}) {
    for (const auto& [software, all] : *versions) names.insert(software);
  }
  const auto text = [](const auto& versions, const std::string& software) {
    const auto found = versions.find(software);
    return found == versions.end() ? std::string{"none"} : fmt::format("{}", fmt::join(found->second, ", "));
  };
  std::vector<std::string> changed;
  for (const std::string& software : names) {
    const std::string was = text(old, software);
    const std::string is = text(now, software);
    if (was != is) changed.push_back(fmt::format("{} {} -> {}", software, was, is));
  }
  return changed;
}

}  // namespace lanemark
