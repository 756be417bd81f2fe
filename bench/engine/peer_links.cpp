// SPDX-License-Identifier: MIT

#include "bench/engine/peer_links.hpp"

#include <algorithm>

#include "bench/record/gather_texts.hpp"

namespace lanemark {

PeerLinks::PeerLinks(std::span<const Place> places, std::vector<std::vector<PeerLink>> answers)
    : places_{places.begin(), places.end()}, answers_{std::move(answers)} {}

PeerLink PeerLinks::answer(int from, int to) const {
  const std::vector<PeerLink>& mine = answers_[static_cast<std::size_t>(from)];
  const auto local = static_cast<std::size_t>(places_[static_cast<std::size_t>(to)].local_rank);
  return local < mine.size() ? mine[local] : PeerLink::unknown;
}

PeerLink PeerLinks::between(int from, int to) const {
  const auto most = static_cast<std::size_t>(std::max(from, to));
  if (most >= std::min(places_.size(), answers_.size())) return PeerLink::unknown;
  if (places_[static_cast<std::size_t>(from)].node != places_[static_cast<std::size_t>(to)].node) {
    return PeerLink::unknown;
  }
  const PeerLink forth = answer(from, to);
  return forth != PeerLink::unknown ? forth : answer(to, from);
}

std::vector<PeerLink> links_from(std::span<const Place> places, int rank, int own, std::span<const std::string> visible,
                                 const HasPeerLink& has_link) {
  const int node = places[static_cast<std::size_t>(rank)].node;
  std::vector<PeerLink> links;
  for (const Place& other : places) {
    if (other.node != node) continue;
    const auto seen = std::ranges::find(visible, other.device);
    const auto ordinal = static_cast<int>(seen - visible.begin());
    if (seen == visible.end() || ordinal == own) {
      links.push_back(PeerLink::unknown);
    } else {
      links.push_back(has_link(own, ordinal) ? PeerLink::direct : PeerLink::bus);
    }
  }
  return links;
}

PeerLinks gather_peer_links(const World& world, std::span<const std::string> visible, const HasPeerLink& has_link) {
  std::string mine;
  for (const PeerLink link : links_from(world.places(), world.rank(), world.device().ordinal, visible, has_link)) {
    mine.push_back(static_cast<char>('0' + static_cast<int>(link)));
  }
  std::vector<std::vector<PeerLink>> answers;
  for (const std::string& text : gather_texts(world, mine)) {
    std::vector<PeerLink>& links = answers.emplace_back();
    for (const char c : text) links.push_back(static_cast<PeerLink>(c - '0'));
  }
  return {world.places(), std::move(answers)};
}

}  // namespace lanemark
