// SPDX-License-Identifier: MIT

// Messages of `count` elements. send_recv: every rank to its right-hand neighbour in a ring, or, where a peer is given,
// from the root to that peer alone. send_recv_pairs: ranks 0 and 1, 2 and 3 … exchange; an odd last rank keeps its own.

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

constexpr int nobody = -1;

struct Peers {
  int to;
  int from;
};

Peers ring_peers(const CollectiveCall& call, int ranks, int rank) {
  if (call.peer < 0) return {.to = (rank + 1) % ranks, .from = (rank + ranks - 1) % ranks};
  return {.to = rank == call.root ? call.peer : nobody, .from = rank == call.peer ? call.root : nobody};
}

Peers pair_peers(const CollectiveCall& /*call*/, int ranks, int rank) {
  const int partner = rank % 2 == 0 ? rank + 1 : rank - 1;
  return partner < ranks ? Peers{.to = partner, .from = partner} : Peers{.to = rank, .from = rank};
}

using PeersOf = Peers (*)(const CollectiveCall&, int, int);

template <PeersOf peers_of>
void exchange(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const Peers peers = peers_of(call, on.size(), on.rank());
  if (peers.to == on.rank()) return stream.copy(call.receive, call.send, size_of(call.dtype) * call.count);
  if (peers.to == nobody && peers.from == nobody) return;
  on.begin_group(stream);
  if (peers.to != nobody) on.send(call.send, call.count, call.dtype, peers.to, stream);
  if (peers.from != nobody) on.receive(call.receive, call.count, call.dtype, peers.from, stream);
  on.end_group(stream);
}

template <PeersOf peers_of>
constexpr Collective over(std::string_view name) {
  return {.name = name,
          .reduces = false,
          .rooted = false,
          .send_count = [](const CollectiveCall& call, int ranks,
                           int rank) { return peers_of(call, ranks, rank).to == nobody ? 0 : call.count; },
          .receive_count = [](const CollectiveCall& call, int ranks,
                              int rank) { return peers_of(call, ranks, rank).from == nobody ? 0 : call.count; },
          .expected = [](const CollectiveCall& call, int ranks, int rank) -> std::vector<ExpectedRun> {
            const int from = peers_of(call, ranks, rank).from;
            if (from == nobody) return {};
            return {{.offset = 0, .count = call.count, .rank = from, .source = 0}};
          },
          .in_place = nullptr,
          // A bus carries the message once, each way.
          .bus_factor = [](const CollectiveCall&, int ranks) { return ranks > 1 ? 1.0 : 0.0; },
          .size_count = [](const CollectiveCall& call, int) { return call.count; },
          .sent =
              [](const CollectiveCall& call, int ranks, int rank) {
                const int to = peers_of(call, ranks, rank).to;
                return to == nobody || to == rank ? 0.0 : static_cast<double>(call.count);
              },
          .compose = exchange<peers_of>};
}

}  // namespace

const Registered<Collective> send_recv{over<ring_peers>("send_recv")};
const Registered<Collective> send_recv_pairs{over<pair_peers>("send_recv_pairs")};

}  // namespace lanemark
