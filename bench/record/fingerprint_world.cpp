#include <mpi.h>

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>

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
  return physical_cores(std::string{std::istreambuf_iterator<char>{file}, {}});
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
  const json object = json::parse(text);
  return {.node = required_as<std::string>(object, "node"),
          .cpu = required_as<std::string>(object, "cpu"),
          .cores = required_as<int>(object, "cores"),
          .memory_gib = required_as<int>(object, "memory_gib"),
          .gpu = optional_as<std::string>(object, "gpu"),
          .gpu_bus_id = optional_as<std::string>(object, "gpu_bus_id"),
          .nvlink_gbs = optional_as<int>(object, "nvlink_gbs")};
}

}  // namespace

Fingerprint fingerprint(const World& world) {
  std::vector<RankHardware> ranks;
  const std::string mine = hardware_here(world).dump(-1, ' ', false, json::error_handler_t::replace);
  for (const std::string& text : gather_texts(world, mine)) ranks.push_back(parse(text));
  return combine(ranks);
}

}  // namespace lanemark
