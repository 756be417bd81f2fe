// SPDX-License-Identifier: MIT

// Each rank gets its part of the root's buffer, `count` elements each or `counts` by rank, packed in rank order.
// Other ranks' send is not looked at. In place at the root where receive is its part of send.

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

void flat_scatter(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const std::size_t element = size_of(call.dtype).value;
  if (on.rank() != call.root) {
    on.begin_group(stream);
    on.receive(call.receive, call.count_of(on.rank()), call.dtype, call.root, stream);
    on.end_group(stream);
    return;
  }
  const auto* const all = static_cast<const std::byte*>(call.send);
  const auto part = [&](int rank) { return all + call.offset_of(rank) * element; };
  if (call.receive != part(call.root)) {
    stream.copy(call.receive, part(call.root), size_of(call.dtype) * call.count_of(call.root));
  }
  on.begin_group(stream);
  for (int rank = 0; rank < on.size(); ++rank) {
    if (rank != call.root) on.send(part(rank), call.count_of(rank), call.dtype, rank, stream);
  }
  on.end_group(stream);
}

}  // namespace

const Registered<Collective> scatter{
    {.name = "scatter",
     .reduces = false,
     .rooted = true,
     .send_count = [](const CollectiveCall& call, int ranks,
                      int rank) { return rank == call.root ? call.offset_of(ranks) : 0; },
     .receive_count = [](const CollectiveCall& call, int, int rank) { return call.count_of(rank); },
     .expected = [](const CollectiveCall& call, int, int rank) -> std::vector<ExpectedRun> {
       return {{.offset = 0, .count = call.count_of(rank), .rank = call.root, .source = call.offset_of(rank)}};
     },
     .in_place = [](const CollectiveCall& call, int,
                    int rank) { return InPlace{.send = 0, .receive = rank == call.root ? call.offset_of(rank) : 0}; },
     // The root's bus carries all parts but its own.
     .bus_factor = [](const CollectiveCall&, int ranks) { return static_cast<double>(ranks - 1) / ranks; },
     .size_count = [](const CollectiveCall& call, int ranks) { return call.offset_of(ranks); },
     .sent =
         [](const CollectiveCall& call, int ranks, int rank) {
           if (rank != call.root) return 0.0;
           return static_cast<double>(call.offset_of(ranks) - call.count_of(rank));
         },
     .compose = flat_scatter,
     .in_parts = true}};

}  // namespace lanemark
