// Every rank gets the reduction of all ranks' `count` elements. In place where send == receive.

#include <algorithm>

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// The vector cut into one chunk a rank, the first ones longer by one where it does not divide.
struct Chunks {
  std::size_t count;
  std::size_t ranks;

  [[nodiscard]] std::size_t offset(int chunk) const {
    const auto i = static_cast<std::size_t>(chunk);
    return count / ranks * i + std::min(i, count % ranks);
  }
  [[nodiscard]] std::size_t size(int chunk) const { return offset(chunk + 1) - offset(chunk); }
};

/// Ring: reduce-scatter, then all-gather, each in ranks - 1 steps of a chunk to the right-hand neighbour
/// (Patarasuk and Yuan 2009). Every rank sends 2 (ranks - 1) / ranks of the vector, the least possible.
void ring(Communicator& on, const CollectiveCall& call, StreamRef stream) {
  const int ranks = on.size();
  const std::size_t element = size_of(call.dtype).value;
  auto* const result = static_cast<std::byte*>(call.receive);
  if (call.send != call.receive) stream.copy(result, call.send, size_of(call.dtype) * call.count);
  const Chunks chunks{.count = call.count, .ranks = static_cast<std::size_t>(ranks)};
  const int right = (on.rank() + 1) % ranks;
  const int left = (on.rank() + ranks - 1) % ranks;
  const auto chunk_at = [&](int step) { return (on.rank() - step + 2 * ranks) % ranks; };
  const auto at = [&](int chunk) { return result + chunks.offset(chunk) * element; };
  const auto exchange = [&](int outgoing, int incoming, std::byte* into) {
    on.begin_group(stream);
    on.send(at(outgoing), chunks.size(outgoing), call.dtype, right, stream);
    on.receive(into, chunks.size(incoming), call.dtype, left, stream);
    on.end_group(stream);
  };

  std::byte* const arrived = on.scratch(size_of(call.dtype) * chunks.size(0), stream);
  for (int step = 0; step + 1 < ranks; ++step) {
    const int incoming = chunk_at(step + 1);
    exchange(chunk_at(step), incoming, arrived);
    combine(stream, {.dtype = call.dtype,
                     .op = call.op,
                     .count = chunks.size(incoming),
                     .operand = arrived,
                     .accumulator = at(incoming)});
  }
  if (call.op == ReduceOp::avg) {
    const int mine = chunk_at(ranks - 1);
    divide(stream, {.dtype = call.dtype, .count = chunks.size(mine), .values = at(mine), .divisor = ranks});
  }
  for (int step = 0; step + 1 < ranks; ++step) {
    const int incoming = chunk_at(step);
    exchange(chunk_at(step - 1), incoming, at(incoming));
  }
}

}  // namespace

const Registered<Collective> all_reduce{
    {.name = "all_reduce",
     .reduces = true,
     .send_count = [](std::size_t count, int, int) { return count; },
     .receive_count = [](std::size_t count, int, int) { return count; },
     .expected = [](std::size_t count, int, int) -> std::vector<ExpectedRun> {
       return {{.offset = 0, .count = count, .rank = -1, .source = 0}};
     },
     // Each element crosses the bus of every rank but one on its way in and again on its way out.
     .bus_factor = [](int ranks) { return 2.0 * (ranks - 1) / ranks; },
     .size_count = [](std::size_t count, int) { return count; },
     .sent = [](const CollectiveCall& call, int ranks,
                int) { return 2.0 * (ranks - 1) / ranks * static_cast<double>(call.count); },
     .compose = ring}};

}  // namespace lanemark
