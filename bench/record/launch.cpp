// SPDX-License-Identifier: MIT

#include "bench/record/launch.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>

#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/json.hpp"
#include "bench/record/machine_json.hpp"
#include "bench/text/shown.hpp"

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
  if (const json* const all = optional_list(object, "gpus", bounds::of_ranks)) {
    for (const json& one : *all) states.push_back(gpu_state_from_json(one));
  }
  return states;
}

std::optional<ProcessorUse> processors_from_json(const json& object) {
  const json* const found = find_field(object, "processors");
  return found == nullptr ? std::nullopt : std::optional{processor_use_from_json(*found)};
}

/// GPUs are those of the launch's ranks, and of its machine.
void require_there(const std::vector<GpuState>& gpus, const LaunchHeader& header) {
  if (!gpus.empty() && header.fingerprint.gpus == 0) refuse_field("gpus", "has some, and the fingerprint none");
  for (const GpuState& gpu : gpus) {
    if (gpu.rank >= header.ranks) {
      refuse_field("gpus", fmt::format("has one of rank {}, and the launch has {}", gpu.rank, header.ranks));
    }
    if (gpu.shared_by.value_or(0) > header.ranks) {
      refuse_field("shared_by", fmt::format("is {}, and the launch has {} ranks", *gpu.shared_by, header.ranks));
    }
  }
}

/// Clocks are set while programs run, by an hour where they show local time as UTC.
void require_in_order(const std::string& started, const std::string& ended) {
  constexpr std::chrono::hours slack{1};
  const auto begin = moment_of(started);
  const auto end = moment_of(ended);
  if (!begin || !end || *end + slack >= *begin) return;
  refuse_field("ended", fmt::format("is {}, and the launch started at {}", ended, started));
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
  if (header.processors) object["processors"] = to_json(*header.processors);
  if (!header.crowding.empty()) object["crowding"] = header.crowding;
  if (!header.accepted_load.empty()) object["accepted_load"] = header.accepted_load;
  return object;
}

json to_json(const LaunchFooter& footer) {
  json object{{"type", "footer"},
              {"complete", footer.ended_by.empty()},
              {"measurements", footer.measurements},
              {"ended", footer.ended},
              {"tainted", !footer.taints.empty()}};
  if (!footer.taints.empty()) object["taints"] = footer.taints;
  if (!footer.accepted.empty()) object["accepted"] = footer.accepted;
  if (footer.processors) object["processors"] = to_json(*footer.processors);
  if (!footer.ended_by.empty()) object["ended_by"] = footer.ended_by;
  if (!footer.gpus.empty()) object["gpus"] = list(footer.gpus);
  return object;
}

LaunchHeader header_from_json(const json& object) {
  const json* const type = object.is_object() ? find_field(object, "type") : nullptr;
  if (type == nullptr || *type != "header") throw Error("the first line is no launch's header");
  LaunchHeader header;
  header.schema = required_text(object, "schema", bounds::word);
  if (major_version(header.schema) != major_version(schema_version)) {
    throw Error(fmt::format("its schema is {}, this program reads {}.x; use a program of that age",
                            shown(header.schema), major_version(schema_version)));
  }
  header.launch = required_id(object, "launch", "a launch");
  header.started = required_moment(object, "started");
  header.command = required_texts(object, "command", bounds::arguments, bounds::argument);
  header.ranks = required_in(object, "ranks", bounds::ranks);
  header.fingerprint = identified_fingerprint(object);
  header.fingerprint_id = id(header.fingerprint);
  require_room(header.fingerprint, header.ranks);
  header.versions = versions_from_json(object);
  header.environment = texts_by_name(object, "environment", bounds::sentence);
  header.gpus = states_from_json(object);
  require_there(header.gpus, header);
  header.processors = processors_from_json(object);
  header.crowding = optional_text(object, "crowding", bounds::sentence);
  header.accepted_load = optional_text(object, "accepted_load", bounds::sentence);
  return header;
}

LaunchFooter footer_from_json(const json& object) {
  LaunchFooter footer;
  const bool complete = required_truth(object, "complete");
  footer.ended_by = optional_text(object, "ended_by", bounds::sentence);
  if (complete != footer.ended_by.empty()) {
    refuse_field("complete",
                 complete ? "is true, and 'ended_by' says why it was not" : "is false, and no 'ended_by' says why");
  }
  footer.measurements = required_in(object, "measurements", bounds::count);
  footer.ended = required_moment(object, "ended");
  footer.taints = optional_texts(object, "taints", bounds::taints, bounds::sentence);
  footer.accepted = optional_texts(object, "accepted", bounds::taints, bounds::sentence);
  footer.gpus = states_from_json(object);
  footer.processors = processors_from_json(object);
  const bool tainted = required_truth(object, "tainted");
  if (tainted && footer.taints.empty()) refuse_field("tainted", "is true, and 'taints' gives no reason");
  if (!tainted && !footer.taints.empty()) refuse_field("tainted", "is false, and 'taints' gives reasons");
  return footer;
}

Taints taints(const LaunchHeader& header, const Disturbances& seen, const std::vector<GpuState>& gpus_at_end) {
  Taints all{.reasons = taints(header.gpus, gpus_at_end)};
  for (std::string& one : seen.gpus()) all.reasons.push_back(std::move(one));
  std::vector<std::string>& of_load = header.accepted_load.empty() ? all.reasons : all.accepted;
  if (!header.crowding.empty()) of_load.push_back(header.crowding);
  if (std::string load = seen.load(); !load.empty()) of_load.push_back(std::move(load));
  return all;
}

void require_consistent(const LaunchHeader& header, const LaunchFooter& footer, const Disturbances& seen,
                        std::uint64_t measurements) {
  require_there(footer.gpus, header);
  require_in_order(header.started, footer.ended);
  if (footer.ended_by.empty() && footer.measurements != measurements) {
    refuse_field("measurements", fmt::format("is {}, and there are {}; lines were added or taken out",
                                             footer.measurements, measurements));
  }
  const Taints told = taints(header, seen, footer.gpus);
  if (footer.taints.empty() && !told.reasons.empty()) {
    refuse_field("tainted", fmt::format("is false, and by the lines before it is: {}", shown(told.reasons.front())));
  }
  if (!footer.accepted.empty() && header.accepted_load.empty()) {
    refuse_field("accepted", "has reasons, and the header has no 'accepted_load'");
  }
}

void require_consistent(const LaunchHeader& header, const Measurement& m) {
  if (m.what.ranks > header.ranks) {
    refuse_field("ranks", fmt::format("is {}, and the launch has {}", m.what.ranks, header.ranks));
  }
  if (header.fingerprint.gpus > 0) return;
  if (m.device == "cuda") refuse_field("device", "is cuda, and the fingerprint has no GPUs");
  if (!m.gpus.empty()) refuse_field("gpus", "has some, and the fingerprint none");
}

Seconds duration(const Launch& launch) {
  if (!launch.footer) return Seconds{0};
  const auto started = moment_of(launch.header.started);
  const auto ended = moment_of(launch.footer->ended);
  return started && ended && *ended > *started ? Seconds{*ended - *started} : Seconds{0};
}

std::string why_cut_off(const Launch& launch) {
  const bool said = launch.footer && !launch.footer->ended_by.empty();
  return said ? "cut off: " + launch.footer->ended_by : "cut off: it did not run to its end";
}

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

}  // namespace lanemark
