// SPDX-License-Identifier: MIT

#include "bench/machine/crowd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace lanemark {
namespace {

/// What a set is worth under a quota.
double worth(const ProcessorSet& set, const std::optional<double>& quota) {
  const auto count = static_cast<double>(set.count());
  return quota ? std::min(count, *quota) : count;
}

bool within(const ProcessorSet& small, const ProcessorSet& large) { return (small & ~large).none(); }

}  // namespace

int fair_threads(std::span<const RankProcessors> ranks, std::size_t rank) {
  const RankProcessors& mine = ranks[rank];
  const auto sharers = std::ranges::count_if(
      ranks, [&](const RankProcessors& one) { return one.node == mine.node && (one.allowed & mine.allowed).any(); });
  const auto here = std::ranges::count(ranks, mine.node, &RankProcessors::node);
  double fair = static_cast<double>(mine.allowed.count()) / static_cast<double>(std::max<std::ptrdiff_t>(1, sharers));
  // A quota is all ranks', wherever each may run.
  if (mine.quota) fair = std::min(fair, *mine.quota / static_cast<double>(here));
  return std::max(1, static_cast<int>(fair));
}

std::optional<int> processors_of_node(std::span<const RankProcessors> ranks) {
  std::map<int, RankProcessors> nodes;
  for (const RankProcessors& one : ranks) {
    RankProcessors& node = nodes.try_emplace(one.node, one).first->second;
    node.allowed |= one.allowed;
  }
  std::optional<int> fewest;
  for (const auto& [number, node] : nodes) {
    if (node.allowed.none()) continue;
    const int here = static_cast<int>(std::ceil(worth(node.allowed, node.quota)));
    fewest = std::min(fewest.value_or(here), here);
  }
  return fewest;
}

std::string crowding(std::span<const RankProcessors> ranks) {
  const auto text = [](int count, int threads, int node, double room) {
    return fmt::format("{} rank{} of node {} need{} {} processor{} and may use {:.3g}: {}", count,
                       count == 1 ? "" : "s", node, count == 1 ? "s" : "", threads, threads == 1 ? "" : "s", room,
                       count == 1 ? "its threads wait for each other" : "they wait for each other");
  };
  std::map<int, RankProcessors> nodes;
  std::map<int, int> ranks_of;
  for (const RankProcessors& set : ranks) {
    if (set.allowed.none()) continue;
    int threads = 0;
    int count = 0;
    for (const RankProcessors& one : ranks) {
      if (one.node != set.node || one.allowed.none() || !within(one.allowed, set.allowed)) continue;
      threads += one.threads;
      ++count;
    }
    const double room = worth(set.allowed, set.quota);
    if (threads > room) return text(count, threads, set.node, room);
    const auto [node, is_new] = nodes.try_emplace(set.node, set);
    if (!is_new) {
      node->second.allowed |= set.allowed;
      node->second.threads += set.threads;
    }
    ++ranks_of[set.node];
  }
  // All of a node: what their sets have in parts, and a quota, which is theirs together.
  for (const auto& [number, node] : nodes) {
    const double room = worth(node.allowed, node.quota);
    if (node.threads > room) return text(ranks_of[number], node.threads, number, room);
  }
  return {};
}

}  // namespace lanemark
