// SPDX-License-Identifier: MIT

// Each rank sends `counts[rank][peer]` elements to every peer, as a mixture of experts does: send is packed in the
// order of peers, receive in the order of senders.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "collectives/collectives.hpp"
#include "collectives/pairwise.hpp"
#include "kernels/pattern.hpp"

namespace lanemark {
namespace {

/// The counts of a call as a matrix.
struct Traffic {
  const CollectiveCall& call;
  int ranks;

  [[nodiscard]] std::size_t at(int from, int to) const {
    const auto row = static_cast<std::size_t>(from) * static_cast<std::size_t>(ranks);
    return call.counts[row + static_cast<std::size_t>(to)];
  }
  [[nodiscard]] std::size_t sent_before(int from, int to) const {
    std::size_t sum = 0;
    for (int peer = 0; peer < to; ++peer) sum += at(from, peer);
    return sum;
  }
  [[nodiscard]] std::size_t received_before(int from, int to) const {
    std::size_t sum = 0;
    for (int peer = 0; peer < from; ++peer) sum += at(peer, to);
    return sum;
  }
  [[nodiscard]] std::size_t sent(int rank) const { return sent_before(rank, ranks); }
  [[nodiscard]] std::size_t received(int rank) const { return received_before(ranks, rank); }
};

void pairwise_all_to_all_v(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const Traffic traffic{.call = call, .ranks = on.size()};
  exchange_all(
      on, call,
      [&](int to) { return Part{.offset = traffic.sent_before(on.rank(), to), .count = traffic.at(on.rank(), to)}; },
      [&](int from) {
        return Part{.offset = traffic.received_before(from, on.rank()), .count = traffic.at(from, on.rank())};
      },
      stream);
}

/// Every rank sends ranks · count, shared out by weights between 1/2 and 3/2 that are the same in every launch, so that
/// some ranks receive more than others.
std::vector<std::size_t> skewed(std::size_t count, int ranks) {
  constexpr std::uint64_t seed = 10;  // skews even two ranks by half
  std::vector<std::size_t> counts;
  for (int from = 0; from < ranks; ++from) {
    std::vector<double> weights;
    for (int to = 0; to < ranks; ++to) {
      const auto place = static_cast<std::uint64_t>(from) * static_cast<std::uint64_t>(ranks);
      weights.push_back(0.5 + static_cast<double>(pattern::uniform(seed, place + static_cast<std::uint64_t>(to))));
    }
    const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
    const std::size_t total = count * static_cast<std::size_t>(ranks);
    double passed = 0;
    std::size_t given = 0;
    for (const double weight : weights) {
      passed += weight;
      const auto until =
          std::min(total, static_cast<std::size_t>(std::llround(passed / all * static_cast<double>(total))));
      counts.push_back(until - given);
      given = until;
    }
  }
  return counts;
}

/// Elements over the busiest bus, either way.
std::size_t busiest(const Traffic& traffic) {
  std::size_t most = 0;
  for (int rank = 0; rank < traffic.ranks; ++rank) {
    const std::size_t kept = traffic.at(rank, rank);
    most = std::max({most, traffic.sent(rank) - kept, traffic.received(rank) - kept});
  }
  return most;
}

/// The longest send buffer.
std::size_t longest(const CollectiveCall& call, int ranks) {
  const Traffic traffic{.call = call, .ranks = ranks};
  std::size_t most = 0;
  for (int rank = 0; rank < ranks; ++rank) most = std::max(most, traffic.sent(rank));
  return most;
}

}  // namespace

const Registered<Collective> all_to_all_v{
    {.name = "all_to_all_v",
     .reduces = false,
     .rooted = false,
     .send_count = [](const CollectiveCall& call, int ranks,
                      int rank) { return Traffic{.call = call, .ranks = ranks}.sent(rank); },
     .receive_count = [](const CollectiveCall& call, int ranks,
                         int rank) { return Traffic{.call = call, .ranks = ranks}.received(rank); },
     .expected = [](const CollectiveCall& call, int ranks, int rank) -> std::vector<ExpectedRun> {
       const Traffic traffic{.call = call, .ranks = ranks};
       std::vector<ExpectedRun> runs;
       runs.reserve(static_cast<std::size_t>(ranks));
       for (int from = 0; from < ranks; ++from) {
         runs.push_back({.offset = traffic.received_before(from, rank),
                         .count = traffic.at(from, rank),
                         .rank = from,
                         .source = traffic.sent_before(from, rank)});
       }
       return runs;
     },
     .in_place = nullptr,
     // The bus that sends or receives most, its own part left out.
     .bus_factor =
         [](const CollectiveCall& call, int ranks) {
           const std::size_t size = longest(call, ranks);
           if (size == 0) return 0.0;
           return static_cast<double>(busiest({.call = call, .ranks = ranks})) / static_cast<double>(size);
         },
     .size_count = longest,
     .sent =
         [](const CollectiveCall& call, int ranks, int rank) {
           const Traffic traffic{.call = call, .ranks = ranks};
           return static_cast<double>(traffic.sent(rank) - traffic.at(rank, rank));
         },
     .compose = pairwise_all_to_all_v,
     .uneven_counts = skewed}};

}  // namespace lanemark
