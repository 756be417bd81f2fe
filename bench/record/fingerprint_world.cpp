// SPDX-License-Identifier: MIT

#include <mpi.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <fstream>

#include "bench/record/bounded_json.hpp"
#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/fingerprint.hpp"
#include "bench/record/gather_texts.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/device.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

std::string processor_name() {
  std::array<char, MPI_MAX_PROCESSOR_NAME> text{};
  int length = 0;
  check(MPI_Get_processor_name(text.data(), &length));
  return {text.data(), static_cast<std::size_t>(length)};
}

int cores_here() {
  std::ifstream file{"/proc/cpuinfo"};
  std::string text;
  std::getline(file, text, '\0');
  return physical_cores(text);
}

json hardware_here(const World& world) {
  const DeviceProperties host = properties({DeviceKind::host, 0});
  json mine{{"node", processor_name()},
            {"cpu", host.name},
            {"cores", cores_here()},
            {"memory_gib", memory_class(host.memory)}};
  if (world.device().kind == DeviceKind::host) return mine;
  const DeviceProperties gpu = properties(world.device());
  constexpr double giga = 1e9;
  mine["gpu"] = gpu.name;
  mine["gpu_bus_id"] = gpu.bus_id;
  mine["nvlink_gbs"] = gpu.peer_link ? static_cast<int>(std::lround(gpu.peer_link->value / giga)) : 0;
  return mine;
}

RankHardware parse(const std::string& text) {
  const json object = parse_json(text);
  return {.node = required_text(object, "node", bounds::word),
          .cpu = required_text(object, "cpu", bounds::model),
          .cores = required_in(object, "cores", bounds::some),
          .memory_gib = required_in(object, "memory_gib", bounds::memory_gib),
          .gpu = optional_text(object, "gpu", bounds::model),
          .gpu_bus_id = optional_text(object, "gpu_bus_id", bounds::word),
          .nvlink_gbs = optional_in(object, "nvlink_gbs", bounds::some).value_or(0)};
}

}  // namespace

Fingerprint fingerprint(const World& world, std::span<const RankProcessors> processors) {
  std::vector<RankHardware> ranks;
  const std::string mine = hardware_here(world).dump(-1, ' ', false, json::error_handler_t::replace);
  for (const std::string& text : gather_texts(world, mine)) ranks.push_back(parse(text));
  Fingerprint whole = fingerprint_of(ranks);
  whole.processors = processors_of_node(processors);
  return whole;
}

}  // namespace lanemark
