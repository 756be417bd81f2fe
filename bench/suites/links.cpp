// SPDX-License-Identifier: MIT

#include "bench/suites/links.hpp"

#include <fmt/format.h>

namespace lanemark {

Link link_of(const Backend& backend, const SuiteContext& context) {
  return {.transport = std::string{backend.transport}, .limit = limit_of(backend, context)};
}

Link link_between(const Backend& backend, const SuiteContext& context, int from, int to) {
  const auto named = [&](std::string_view wire, std::optional<Limit> limit) {
    return Link{.transport = fmt::format("{}, {}", backend.transport, wire), .limit = std::move(limit)};
  };
  const std::vector<Place> places = places_of(context.world, std::max(from, to) + 1);
  const Place& source = places.at(static_cast<std::size_t>(from));
  const Place& target = places.at(static_cast<std::size_t>(to));
  if (source.node != target.node) return named("across nodes", std::nullopt);
  if (!source.device.empty() && share_device(source, target)) return named("within one GPU", std::nullopt);
  if (backend.wire != Backend::Wire::peer_link) return named("within a node", limit_of(backend, context));
  switch (context.peer_links.between(from, to)) {
    case PeerLink::direct: return named("NVLink", limit_of(backend, context));
    case PeerLink::unknown: return named("by a link that no rank can tell, as none sees both GPUs", std::nullopt);
    case PeerLink::bus: break;
  }
  std::optional<Limit> pcie;
  if (context.device.host_link) pcie = Limit{.name = "PCIe, one direction", .rate = *context.device.host_link};
  return named("PCIe", pcie);
}

std::vector<Place> places_of(const World& world, int ranks) {
  std::vector<Place> places(world.places().begin(), world.places().end());
  for (int rank = static_cast<int>(places.size()); rank < ranks; ++rank)
    places.push_back({.node = 0, .local_rank = rank});
  places.resize(static_cast<std::size_t>(ranks));
  return places;
}

}  // namespace lanemark
