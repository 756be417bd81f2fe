// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <cstdint>
#include <random>

#include "bench/record/environment.hpp"
#include "bench/record/launch.hpp"

namespace lanemark {
namespace {

std::string random_id() {
  std::random_device source;
  constexpr unsigned half = 32;
  const std::uint64_t high = source();
  return fmt::format("{:016x}", high << half | source());
}

}  // namespace

LaunchHeader describe_launch(const World& world, std::vector<std::string> command,
                             std::span<const RankProcessors> ranks) {
  LaunchHeader header;
  header.launch = world.broadcast(random_id());
  header.started = utc_now();
  header.command = std::move(command);
  header.ranks = world.size();
  header.fingerprint = fingerprint(world, ranks);
  header.fingerprint_id = id(header.fingerprint);
  header.versions = versions();
  header.environment = recorded_environment();
  header.gpus = gpu_states(world);
  header.crowding = crowding(ranks);
  return header;
}

}  // namespace lanemark
