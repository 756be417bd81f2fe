// SPDX-License-Identifier: MIT

#include "collectives/core/place.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace lanemark {
namespace {

/// Node and address.
using Key = std::pair<int, std::string>;

std::map<Key, std::vector<int>> ranks_by_device(std::span<const Place> places) {
  std::map<Key, std::vector<int>> ranks;
  for (std::size_t rank = 0; rank < places.size(); ++rank) {
    ranks[{places[rank].node, places[rank].device}].push_back(static_cast<int>(rank));
  }
  return ranks;
}

}  // namespace

bool share_device(const Place& one, const Place& other) { return one.node == other.node && one.device == other.device; }

int sharers(std::span<const Place> places, int rank) {
  const Place& mine = places[static_cast<std::size_t>(rank)];
  return static_cast<int>(std::ranges::count_if(places, [&](const Place& one) { return share_device(one, mine); }));
}

int most_sharers(std::span<const Place> places) {
  std::size_t most = 0;
  for (const auto& [device, ranks] : ranks_by_device(places)) most = std::max(most, ranks.size());
  return static_cast<int>(most);
}

int devices_of(std::span<const Place> places) { return static_cast<int>(ranks_by_device(places).size()); }

std::vector<SharedGpu> shared_gpus(std::span<const Place> places) {
  std::vector<SharedGpu> shared;
  for (auto& [device, ranks] : ranks_by_device(places)) {
    if (ranks.size() < 2 || device.second.empty()) continue;
    shared.push_back({.node = device.first, .bus_id = device.second, .ranks = ranks});
  }
  std::ranges::sort(shared, {}, [](const SharedGpu& one) { return one.ranks.front(); });
  return shared;
}

}  // namespace lanemark
