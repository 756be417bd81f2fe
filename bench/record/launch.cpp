#include "bench/record/launch.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>

#include "bench/record/fields.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

json list(const std::vector<GpuState>& states) {
  json all = json::array();
  for (const GpuState& state : states) all.push_back(to_json(state));
  return all;
}

std::vector<GpuState> states_from_json(const json& object) {
  std::vector<GpuState> states;
  if (!object.contains("gpus")) return states;
  const json& all = object["gpus"];
  if (!all.is_array()) refuse_field("gpus", "is not a list");
  for (const json& one : all) states.push_back(gpu_state_from_json(one));
  return states;
}

}  // namespace

json to_json(const LaunchHeader& header) {
  json object{{"type", "header"},
              {"schema", header.schema},
              {"launch", header.launch},
              {"started", header.started},
              {"command", header.command},
              {"ranks", header.ranks},
              {"fingerprint", to_json(header.fingerprint)},
              {"fingerprint_id", header.fingerprint_id},
              {"versions", header.versions},
              {"environment", header.environment}};
  if (!header.gpus.empty()) object["gpus"] = list(header.gpus);
  return object;
}

json to_json(const LaunchFooter& footer) {
  json object{{"type", "footer"},
              {"complete", true},
              {"measurements", footer.measurements},
              {"ended", footer.ended},
              {"tainted", !footer.taints.empty()}};
  if (!footer.taints.empty()) object["taints"] = footer.taints;
  if (!footer.gpus.empty()) object["gpus"] = list(footer.gpus);
  return object;
}

LaunchHeader header_from_json(const json& object) {
  if (optional_as<std::string>(object, "type") != "header") throw Error("the first line is no launch's header");
  LaunchHeader header;
  header.schema = required_as<std::string>(object, "schema");
  if (major_version(header.schema) != major_version(schema_version)) {
    throw Error(fmt::format("its schema is {}, this program reads {}.x; use a program of that age", header.schema,
                            major_version(schema_version)));
  }
  header.launch = required_as<std::string>(object, "launch");
  header.started = required_as<std::string>(object, "started");
  header.command = required_as<std::vector<std::string>>(object, "command");
  header.ranks = required_as<int>(object, "ranks");
  header.fingerprint = fingerprint_from_json(required(object, "fingerprint"));
  header.fingerprint_id = required_as<std::string>(object, "fingerprint_id");
  header.versions = texts_by_name(object, "versions");
  header.environment = texts_by_name(object, "environment");
  header.gpus = states_from_json(object);
  return header;
}

LaunchFooter footer_from_json(const json& object) {
  LaunchFooter footer;
  footer.measurements = required_as<std::uint64_t>(object, "measurements");
  footer.ended = required_as<std::string>(object, "ended");
  footer.taints = optional_as<std::vector<std::string>>(object, "taints");
  footer.gpus = states_from_json(object);
  return footer;
}

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

}  // namespace lanemark
