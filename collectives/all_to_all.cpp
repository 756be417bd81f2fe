// SPDX-License-Identifier: MIT

// Each rank sends `count` elements to every rank and receives as many from each, packed in rank order.

#include "collectives/collectives.hpp"
#include "collectives/pairwise.hpp"

namespace lanemark {
namespace {

void pairwise_all_to_all(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const auto part = [&](int peer) { return Part{.offset = call.offset_of(peer), .count = call.count}; };
  exchange_all(on, call, part, part, stream);
}

std::size_t whole(const CollectiveCall& call, int ranks, int /*rank*/) { return call.offset_of(ranks); }

}  // namespace

const Registered<Collective> all_to_all{
    {.name = "all_to_all",
     .reduces = false,
     .rooted = false,
     .send_count = whole,
     .receive_count = whole,
     .expected = [](const CollectiveCall& call, int ranks, int rank) -> std::vector<ExpectedRun> {
       std::vector<ExpectedRun> runs;
       runs.reserve(static_cast<std::size_t>(ranks));
       for (int from = 0; from < ranks; ++from) {
         runs.push_back(
             {.offset = call.offset_of(from), .count = call.count, .rank = from, .source = call.offset_of(rank)});
       }
       return runs;
     },
     .in_place = nullptr,
     // Every rank's bus carries all parts but its own, both ways.
     .bus_factor = [](const CollectiveCall&, int ranks) { return static_cast<double>(ranks - 1) / ranks; },
     .size_count = [](const CollectiveCall& call, int ranks) { return whole(call, ranks, 0); },
     .sent = [](const CollectiveCall& call, int ranks,
                int) { return static_cast<double>(ranks - 1) * static_cast<double>(call.count); },
     .compose = pairwise_all_to_all,
     .in_parts = true}};

}  // namespace lanemark
