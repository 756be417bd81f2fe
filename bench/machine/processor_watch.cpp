// SPDX-License-Identifier: MIT

#include "bench/machine/processor_watch.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "bench/machine/quiet.hpp"
#include "collectives/core/mpi_check.hpp"

namespace lanemark {
namespace {

constexpr std::size_t word_bits = 64;

/// By rank.
std::vector<ProcessorSet> gather_sets(const World& world, const ProcessorSet& mine) {
  std::vector<ProcessorSet> all(static_cast<std::size_t>(world.size()));
  for (std::size_t first = 0; first < mine.size(); first += word_bits) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < word_bits; ++i) word |= std::uint64_t{mine.test(first + i)} << i;
    const std::vector<std::uint64_t> words = world.gather_all(word);
    for (std::size_t rank = 0; rank < words.size(); ++rank) {
      for (std::size_t i = 0; i < word_bits; ++i) all[rank].set(first + i, (words[rank] >> i & 1U) != 0);
    }
  }
  return all;
}

/// What a rank saw between its two readings.
enum Column : std::size_t { window, busy, stolen, own, switches, waited, paused, load, columns };
using Row = std::array<double, columns>;

std::vector<Row> gather_rows(const World& world, const Row& mine) {
  std::vector<Row> all(static_cast<std::size_t>(world.size()));
  check(MPI_Allgather(mine.data(), columns, MPI_DOUBLE, all.data(), columns, MPI_DOUBLE, world.comm()));
  return all;
}

}  // namespace

std::vector<RankProcessors> gather_processors(const World& world, ProcessorSource& source) {
  constexpr double none = -1;
  const std::vector<ProcessorSet> sets = gather_sets(world, source.allowed());
  const std::vector<std::uint64_t> quotas =
      world.gather_all(std::bit_cast<std::uint64_t>(source.quota().value_or(none)));
  std::vector<RankProcessors> all(sets.size());
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    const auto quota = std::bit_cast<double>(quotas[rank]);
    all[rank] = {.node = world.places()[rank].node, .allowed = sets[rank], .quota = {}};
    if (quota > 0) all[rank].quota = quota;
  }
  return all;
}

ProcessorWatch::ProcessorWatch(const World& world, ProcessorSource& source)
    : world_{world}, source_{source}, ranks_{gather_processors(world, source)} {
  const int node = world.places()[static_cast<std::size_t>(world.rank())].node;
  for (const RankProcessors& one : ranks_) {
    if (one.node == node) of_node_ |= one.allowed;
  }
}

void ProcessorWatch::begin() { before_ = source_.read(of_node_); }

ProcessorUse ProcessorWatch::end() {
  const ProcessorReading now = source_.read(of_node_);
  Row mine{};
  mine[window] = (now.at - before_.at).count();
  mine[busy] = (now.busy - before_.busy).count();
  mine[stolen] = (now.stolen - before_.stolen).count();
  mine[own] = (now.own - before_.own).count();
  mine[switches] = static_cast<double>(now.involuntary_switches - before_.involuntary_switches);
  mine[waited] = (now.waited - before_.waited).count();
  mine[paused] = (now.paused - before_.paused).count();
  mine[load] = now.load;

  // The first rank of a node speaks for its processors, each rank for itself.
  struct Node {
    Row first{};
    double own = 0, switches = 0;
    ProcessorSet allowed{};
  };
  std::map<int, Node> nodes;
  const std::vector<Row> rows = gather_rows(world_, mine);
  for (std::size_t rank = 0; rank < rows.size(); ++rank) {
    Node& node = nodes[ranks_[rank].node];
    if (world_.places()[rank].local_rank == 0) node.first = rows[rank];
    node.own += rows[rank][own];
    node.switches += rows[rank][switches];
    node.allowed |= ranks_[rank].allowed;
  }
  ProcessorUse worst;
  double most = -1;
  for (const auto& [number, node] : nodes) {
    const auto count = static_cast<double>(node.allowed.count());
    const auto at_least_none = [](double value) { return Seconds{std::max(0.0, value)}; };
    const Seconds available = at_least_none(count * node.first[window]);
    const Seconds taken = std::min(available, at_least_none(node.first[stolen]));
    const Seconds others = std::min(available, at_least_none(node.first[busy] - node.own) + taken);
    const ProcessorUse use{.available = available,
                           .others = others,
                           .resolution = quiet::tick * std::sqrt(2 * count),
                           .stolen = taken,
                           .window = at_least_none(node.first[window]),
                           .waited = at_least_none(node.first[waited]),
                           .paused = at_least_none(node.first[paused]),
                           .involuntary_switches = static_cast<std::uint64_t>(std::max(0.0, node.switches)),
                           .load = std::max(0.0, node.first[load])};
    if (share_of_others(use) <= most) continue;
    most = share_of_others(use);
    worst = use;
  }
  return worst;
}

}  // namespace lanemark
