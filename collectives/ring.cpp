// SPDX-License-Identifier: MIT

#include "collectives/ring.hpp"

#include <utility>

#include "kernels/operations.hpp"

namespace lanemark {
namespace {

struct Ring {
  explicit Ring(const Communicator& on)
      : ranks{on.size()}, rank{on.rank()}, right{(rank + 1) % ranks}, left{(rank + ranks - 1) % ranks} {}
  /// The chunk `steps` to the left of this rank's own.
  [[nodiscard]] int behind(int steps) const { return (rank + ranks - steps % ranks) % ranks; }

  int ranks, rank, right, left;
};

}  // namespace

void ring_reduce_scatter(Communicator& on, const CollectiveCall& call, const Chunks& chunks, void* mine,
                         StreamRef stream) {
  const Ring ring{on};
  const Bytes element = size_of(call.dtype);
  const auto own = [&](int chunk) {
    return static_cast<const std::byte*>(call.send) + chunks.offset(chunk) * element.value;
  };
  // A partial sum starts as one rank's chunk and goes once round, each rank adding its own; it comes to rest with the
  // chunk's owner. What arrives and what leaves take turns in two places.
  const Bytes longest = element * chunks.size(0);
  std::byte* arriving = on.scratch(longest * 2);
  std::byte* free_place = arriving + longest.value;
  const std::byte* leaving = own(ring.behind(1));
  for (int step = 1; step < ring.ranks; ++step) {
    const int outgoing = ring.behind(step);
    const int incoming = ring.behind(step + 1);
    on.begin_group(stream);
    on.send(leaving, chunks.size(outgoing), call.dtype, ring.right, stream);
    on.receive(arriving, chunks.size(incoming), call.dtype, ring.left, stream);
    on.end_group(stream);
    combine(stream, {.dtype = call.dtype,
                     .op = call.op,
                     .count = chunks.size(incoming),
                     .operand = own(incoming),
                     .accumulator = arriving});
    leaving = arriving;
    std::swap(arriving, free_place);
  }
  const std::size_t count = chunks.size(ring.rank);
  const void* const result = ring.ranks == 1 ? own(ring.rank) : leaving;
  if (result != mine) stream.copy(mine, result, element * count);
  if (call.op == ReduceOp::avg) {
    divide(stream, {.dtype = call.dtype, .count = count, .values = mine, .divisor = ring.ranks});
  }
}

void ring_all_gather(Communicator& on, DType dtype, const Chunks& chunks, void* all, StreamRef stream) {
  const Ring ring{on};
  const auto at = [&](int chunk) { return static_cast<std::byte*>(all) + chunks.offset(chunk) * size_of(dtype).value; };
  for (int step = 0; step + 1 < ring.ranks; ++step) {
    const int outgoing = ring.behind(step);
    const int incoming = ring.behind(step + 1);
    on.begin_group(stream);
    on.send(at(outgoing), chunks.size(outgoing), dtype, ring.right, stream);
    on.receive(at(incoming), chunks.size(incoming), dtype, ring.left, stream);
    on.end_group(stream);
  }
}

}  // namespace lanemark
