// SPDX-License-Identifier: MIT

// Every rank gets each rank's `count` elements, packed in rank order. In place where send is this rank's part of
// receive.

#include "collectives/collectives.hpp"
#include "collectives/ring.hpp"

namespace lanemark {
namespace {

void ring_all_gather(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const auto ranks = static_cast<std::size_t>(on.size());
  const Bytes part = size_of(call.dtype) * call.count;
  auto* const mine = static_cast<std::byte*>(call.receive) + part.value * static_cast<std::size_t>(on.rank());
  if (call.send != mine) stream.copy(mine, call.send, part);
  ring_all_gather(on, call.dtype, {.count = call.count * ranks, .ranks = ranks}, call.receive, stream);
}

}  // namespace

const Registered<Collective> all_gather{
    {.name = "all_gather",
     .reduces = false,
     .rooted = false,
     .send_count = [](const CollectiveCall& call, int, int) { return call.count; },
     .receive_count = [](const CollectiveCall& call, int ranks, int) { return call.offset_of(ranks); },
     .expected = [](const CollectiveCall& call, int ranks, int) -> std::vector<ExpectedRun> {
       std::vector<ExpectedRun> runs;
       runs.reserve(static_cast<std::size_t>(ranks));
       for (int from = 0; from < ranks; ++from) {
         runs.push_back({.offset = call.offset_of(from), .count = call.count, .rank = from, .source = 0});
       }
       return runs;
     },
     .in_place = [](const CollectiveCall& call, int,
                    int rank) { return InPlace{.send = call.offset_of(rank), .receive = 0}; },
     // Every rank's bus carries all parts but its own, inwards.
     .bus_factor = [](const CollectiveCall&, int ranks) { return static_cast<double>(ranks - 1) / ranks; },
     .size_count = [](const CollectiveCall& call, int ranks) { return call.offset_of(ranks); },
     // Each part passes through every rank but its last.
     .sent = [](const CollectiveCall& call, int ranks,
                int) { return static_cast<double>(ranks - 1) * static_cast<double>(call.count); },
     .compose = ring_all_gather,
     .in_parts = true}};

}  // namespace lanemark
