// SPDX-License-Identifier: MIT

// Each rank gets its part, `count` elements, of the reduction of all ranks' vectors of a part for each rank. In place
// where receive is this rank's part of send.

#include "collectives/collectives.hpp"
#include "collectives/ring.hpp"

namespace lanemark {
namespace {

void ring_reduce_scatter(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const auto ranks = static_cast<std::size_t>(on.size());
  ring_reduce_scatter(on, call, {.count = call.count * ranks, .ranks = ranks}, call.receive, stream);
}

}  // namespace

const Registered<Collective> reduce_scatter{
    {.name = "reduce_scatter",
     .reduces = true,
     .rooted = false,
     .send_count = [](const CollectiveCall& call, int ranks, int) { return call.offset_of(ranks); },
     .receive_count = [](const CollectiveCall& call, int, int) { return call.count; },
     .expected = [](const CollectiveCall& call, int, int rank) -> std::vector<ExpectedRun> {
       return {{.offset = 0, .count = call.count, .rank = -1, .source = call.offset_of(rank)}};
     },
     .in_place = [](const CollectiveCall& call, int,
                    int rank) { return InPlace{.send = 0, .receive = call.offset_of(rank)}; },
     // Every rank's bus carries all parts but its own, outwards.
     .bus_factor = [](const CollectiveCall&, int ranks) { return static_cast<double>(ranks - 1) / ranks; },
     .size_count = [](const CollectiveCall& call, int ranks) { return call.offset_of(ranks); },
     .sent = [](const CollectiveCall& call, int ranks,
                int) { return static_cast<double>(ranks - 1) * static_cast<double>(call.count); },
     .compose = ring_reduce_scatter,
     .scratch_count = [](const CollectiveCall& call, int) { return 2 * call.count; },
     .in_parts = true}};

}  // namespace lanemark
