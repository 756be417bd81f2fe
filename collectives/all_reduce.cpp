// SPDX-License-Identifier: MIT

// Every rank gets the reduction of all ranks' `count` elements. In place where send == receive.

#include "collectives/collectives.hpp"
#include "collectives/ring.hpp"

namespace lanemark {
namespace {

void ring_all_reduce(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const Chunks chunks{.count = call.count, .ranks = static_cast<std::size_t>(on.size())};
  auto* const mine = static_cast<std::byte*>(call.receive) + chunks.offset(on.rank()) * size_of(call.dtype).value;
  ring_reduce_scatter(on, call, chunks, mine, stream);
  ring_all_gather(on, call.dtype, chunks, call.receive, stream);
}

}  // namespace

const Registered<Collective> all_reduce{
    {.name = "all_reduce",
     .reduces = true,
     .rooted = false,
     .send_count = [](const CollectiveCall& call, int, int) { return call.count; },
     .receive_count = [](const CollectiveCall& call, int, int) { return call.count; },
     .expected = [](const CollectiveCall& call, int, int) -> std::vector<ExpectedRun> {
       return {{.offset = 0, .count = call.count, .rank = -1, .source = 0}};
     },
     .in_place = [](const CollectiveCall&, int, int) { return InPlace{.send = 0, .receive = 0}; },
     // Each element crosses the bus of every rank but one on its way in and again on its way out.
     .bus_factor = [](const CollectiveCall&, int ranks) { return 2.0 * (ranks - 1) / ranks; },
     .size_count = [](const CollectiveCall& call, int) { return call.count; },
     .sent = [](const CollectiveCall& call, int ranks,
                int) { return 2.0 * (ranks - 1) / ranks * static_cast<double>(call.count); },
     .compose = ring_all_reduce,
     .scratch_count =
         [](const CollectiveCall& call, int ranks) {
           return 2 * Chunks{.count = call.count, .ranks = static_cast<std::size_t>(ranks)}.size(0);
         }}};

}  // namespace lanemark
