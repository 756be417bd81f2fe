// SPDX-License-Identifier: MIT

// The root gets the reduction of all ranks' `count` elements. In place at the root where send == receive; other ranks'
// receive is not looked at.

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// Binomial tree towards the root, the broadcast's turned round. Partial results live in scratch memory, so that
/// ranks other than the root leave their buffers alone.
void tree_reduce(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const int ranks = on.size();
  const int from_root = (on.rank() - call.root + ranks) % ranks;
  const auto rank_at = [&](int distance) { return (distance + call.root) % ranks; };
  const Bytes size = size_of(call.dtype) * call.count;
  std::byte* const scratch = on.scratch(size * 2);
  std::byte* const arrived = scratch + size.value;
  void* const partial = from_root == 0 ? call.receive : scratch;
  if (call.send != partial) stream.copy(partial, call.send, size);
  int reach = 1;
  while (2 * reach < ranks) reach *= 2;
  for (; reach >= 1; reach /= 2) {
    if (from_root >= reach && from_root < 2 * reach) {
      on.send(partial, call.count, call.dtype, rank_at(from_root - reach), stream);
    } else if (from_root < reach && from_root + reach < ranks) {
      on.receive(arrived, call.count, call.dtype, rank_at(from_root + reach), stream);
      combine(stream,
              {.dtype = call.dtype, .op = call.op, .count = call.count, .operand = arrived, .accumulator = partial});
    }
  }
  if (from_root == 0 && call.op == ReduceOp::avg) {
    divide(stream, {.dtype = call.dtype, .count = call.count, .values = partial, .divisor = ranks});
  }
}

}  // namespace

const Registered<Collective> reduce{
    {.name = "reduce",
     .reduces = true,
     .rooted = true,
     .send_count = [](const CollectiveCall& call, int, int) { return call.count; },
     .receive_count = [](const CollectiveCall& call, int, int rank) { return rank == call.root ? call.count : 0; },
     .expected = [](const CollectiveCall& call, int, int rank) -> std::vector<ExpectedRun> {
       if (rank != call.root) return {};
       return {{.offset = 0, .count = call.count, .rank = -1, .source = 0}};
     },
     .in_place = [](const CollectiveCall&, int, int) { return InPlace{.send = 0, .receive = 0}; },
     // The root's bus carries each element once.
     .bus_factor = [](const CollectiveCall&, int ranks) { return ranks > 1 ? 1.0 : 0.0; },
     .size_count = [](const CollectiveCall& call, int) { return call.count; },
     // A pipeline towards the root: everyone but the root passes on what it has added up.
     .sent = [](const CollectiveCall& call, int,
                int rank) { return rank == call.root ? 0.0 : static_cast<double>(call.count); },
     .compose = tree_reduce,
     .scratch_count = [](const CollectiveCall& call, int) { return 2 * call.count; }}};

}  // namespace lanemark
