// SPDX-License-Identifier: MIT

// Every rank gets the root's `count` elements. In place at the root where send == receive; other ranks' send is not
// looked at.

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

/// Binomial tree: in each round every rank that has the data sends it to one that has not.
void tree_broadcast(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const int ranks = on.size();
  const int from_root = (on.rank() - call.root + ranks) % ranks;
  const auto rank_at = [&](int distance) { return (distance + call.root) % ranks; };
  if (from_root == 0 && call.send != call.receive) {
    stream.copy(call.receive, call.send, size_of(call.dtype) * call.count);
  }
  for (int reached = 1; reached < ranks; reached *= 2) {
    if (from_root < reached && from_root + reached < ranks) {
      on.send(call.receive, call.count, call.dtype, rank_at(from_root + reached), stream);
    } else if (from_root >= reached && from_root < 2 * reached) {
      on.receive(call.receive, call.count, call.dtype, rank_at(from_root - reached), stream);
    }
  }
}

}  // namespace

const Registered<Collective> broadcast{
    {.name = "broadcast",
     .reduces = false,
     .rooted = true,
     .send_count = [](const CollectiveCall& call, int, int rank) { return rank == call.root ? call.count : 0; },
     .receive_count = [](const CollectiveCall& call, int, int) { return call.count; },
     .expected = [](const CollectiveCall& call, int, int) -> std::vector<ExpectedRun> {
       return {{.offset = 0, .count = call.count, .rank = call.root, .source = 0}};
     },
     .in_place = [](const CollectiveCall&, int, int) { return InPlace{.send = 0, .receive = 0}; },
     // The root's bus carries each element once.
     .bus_factor = [](const CollectiveCall&, int ranks) { return ranks > 1 ? 1.0 : 0.0; },
     .size_count = [](const CollectiveCall& call, int) { return call.count; },
     // A pipeline through all ranks: everyone but the last passes everything on.
     .sent =
         [](const CollectiveCall& call, int ranks, int rank) {
           const bool last = (rank + 1) % ranks == call.root;
           return last ? 0.0 : static_cast<double>(call.count);
         },
     .compose = tree_broadcast}};

}  // namespace lanemark
