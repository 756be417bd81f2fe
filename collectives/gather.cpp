// SPDX-License-Identifier: MIT

// The root gets each rank's elements, `count` each or `counts` by rank, packed in rank order. Other ranks' receive is
// not looked at. In place at the root where send is its part of receive.

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

void flat_gather(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const std::size_t element = size_of(call.dtype).value;
  if (on.rank() != call.root) {
    on.begin_group(stream);
    on.send(call.send, call.count_of(on.rank()), call.dtype, call.root, stream);
    on.end_group(stream);
    return;
  }
  auto* const all = static_cast<std::byte*>(call.receive);
  const auto part = [&](int rank) { return all + call.offset_of(rank) * element; };
  if (call.send != part(call.root)) {
    stream.copy(part(call.root), call.send, size_of(call.dtype) * call.count_of(call.root));
  }
  on.begin_group(stream);
  for (int rank = 0; rank < on.size(); ++rank) {
    if (rank != call.root) on.receive(part(rank), call.count_of(rank), call.dtype, rank, stream);
  }
  on.end_group(stream);
}

}  // namespace

const Registered<Collective> gather{
    {.name = "gather",
     .reduces = false,
     .rooted = true,
     .send_count = [](const CollectiveCall& call, int, int rank) { return call.count_of(rank); },
     .receive_count = [](const CollectiveCall& call, int ranks,
                         int rank) { return rank == call.root ? call.offset_of(ranks) : 0; },
     .expected = [](const CollectiveCall& call, int ranks, int rank) -> std::vector<ExpectedRun> {
       std::vector<ExpectedRun> runs;
       for (int from = 0; rank == call.root && from < ranks; ++from) {
         runs.push_back({.offset = call.offset_of(from), .count = call.count_of(from), .rank = from, .source = 0});
       }
       return runs;
     },
     .in_place = [](const CollectiveCall& call, int,
                    int rank) { return InPlace{.send = rank == call.root ? call.offset_of(rank) : 0, .receive = 0}; },
     // The root's bus carries all parts but its own.
     .bus_factor = [](const CollectiveCall&, int ranks) { return static_cast<double>(ranks - 1) / ranks; },
     .size_count = [](const CollectiveCall& call, int ranks) { return call.offset_of(ranks); },
     .sent = [](const CollectiveCall& call, int,
                int rank) { return rank == call.root ? 0.0 : static_cast<double>(call.count_of(rank)); },
     .compose = flat_gather,
     .in_parts = true}};

}  // namespace lanemark
