// Each rank gets its part of the root's buffer, `count` elements each or `counts` by rank, packed in rank order.
// Other ranks' send is not looked at.

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

void flat(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const std::size_t element = size_of(call.dtype).value;
  if (on.rank() != call.root) {
    on.begin_group(stream);
    on.receive(call.receive, call.count_of(on.rank()), call.dtype, call.root, stream);
    on.end_group(stream);
    return;
  }
  const auto* const all = static_cast<const std::byte*>(call.send);
  const auto part = [&](int rank) { return all + call.offset_of(rank) * element; };
  stream.copy(call.receive, part(call.root), size_of(call.dtype) * call.count_of(call.root));
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
     .send_count = [](std::size_t count, int ranks,
                      int rank) { return rank == 0 ? count * static_cast<std::size_t>(ranks) : 0; },
     .receive_count = [](std::size_t count, int, int) { return count; },
     .expected = [](std::size_t count, int, int rank) -> std::vector<ExpectedRun> {
       return {{.offset = 0, .count = count, .rank = 0, .source = count * static_cast<std::size_t>(rank)}};
     },
     // The root's bus carries all parts but its own.
     .bus_factor = [](int ranks) { return static_cast<double>(ranks - 1) / ranks; },
     .size_count = [](std::size_t count, int ranks) { return count * static_cast<std::size_t>(ranks); },
     .sent =
         [](const CollectiveCall& call, int ranks, int rank) {
           if (rank != call.root) return 0.0;
           return static_cast<double>(call.offset_of(ranks - 1) + call.count_of(ranks - 1) - call.count_of(rank));
         },
     .compose = flat}};

}  // namespace lanemark
