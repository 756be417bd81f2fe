// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "collectives/core/world.hpp"

namespace lanemark {

/// What joins two GPUs of a node, as far as a rank can ask: a driver answers for GPUs that its process sees.
enum class PeerLink { unknown, bus, direct };

/// Between the GPUs of the ranks of a launch; the same on all ranks.
class PeerLinks {
 public:
  PeerLinks() = default;
  /// `answers` are each rank's, by rank: one for each rank of its node, by local rank.
  PeerLinks(std::span<const Place> places, std::vector<std::vector<PeerLink>> answers);

  /// Unknown also for ranks of two nodes, and for those that are not there. Either of the two may know.
  [[nodiscard]] PeerLink between(int from, int to) const;

 private:
  [[nodiscard]] PeerLink answer(int from, int to) const;

  std::vector<Place> places_;
  std::vector<std::vector<PeerLink>> answers_;
};

/// Whether two GPUs, by their ordinals in what this process sees, are joined by links of their own.
using HasPeerLink = std::function<bool(int from, int to)>;

/// What this rank can tell of the links from its GPU, whose ordinal is `own`, to those of its node's ranks: it finds
/// them by their addresses among those that it sees. Local.
std::vector<PeerLink> links_from(std::span<const Place> places, int rank, int own, std::span<const std::string> visible,
                                 const HasPeerLink& has_link);

/// Collective over the world, whose ranks have GPUs.
PeerLinks gather_peer_links(const World& world, std::span<const std::string> visible, const HasPeerLink& has_link);

}  // namespace lanemark
