#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/core/dtype.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

class Communicator;
class StreamRef;

/// One rank's part in one collective, as MPI's calls take it. Pointers are memory of the stream's device; `send`
/// and `receive` may be equal where the collective says that it works in place.
struct CollectiveCall {
  const void* send = nullptr;
  void* receive = nullptr;
  std::size_t count = 0;  ///< elements; each collective's file says of what
  DType dtype = DType::float32;
  ReduceOp op = ReduceOp::sum;
  int root = 0;
  /// scatter and gather: elements of each rank, packed in rank order at the root; empty means `count` each.
  std::span<const std::size_t> counts{};

  [[nodiscard]] std::size_t count_of(int rank) const {
    return counts.empty() ? count : counts[static_cast<std::size_t>(rank)];
  }
  /// Elements that precede `rank`'s in the root's buffer.
  [[nodiscard]] std::size_t offset_of(int rank) const;
};

/// Where a run of output elements comes from: `rank`'s contribution from `source` on, or, if rank < 0, the
/// reduction over all ranks.
struct ExpectedRun {
  std::size_t offset;
  std::size_t count;
  int rank;
  std::size_t source;
};

/// A collective as one record: what it moves, what is right, what its bandwidth means and how it is built from
/// send and receive where a backend has nothing of its own.
struct Collective {
  std::string_view name;
  bool reduces;
  /// Elements a rank's send and receive buffers hold for `count`.
  std::size_t (*send_count)(std::size_t count, int ranks, int rank);
  std::size_t (*receive_count)(std::size_t count, int ranks, int rank);
  /// Output of `rank` with equal counts and root 0.
  std::vector<ExpectedRun> (*expected)(std::size_t count, int ranks, int rank);
  /// busbw = algbw · bus_factor: the rate the busiest link must sustain whatever the algorithm; algbw is
  /// `size_count` elements over time.
  double (*bus_factor)(int ranks);
  /// Elements whose bytes are the row's size.
  std::size_t (*size_count)(std::size_t count, int ranks);
  /// Elements `rank` sends with a bandwidth-optimal algorithm.
  double (*sent)(const CollectiveCall& call, int ranks, int rank);
  /// The reference implementation over send, receive and group.
  void (*compose)(Communicator& on, const CollectiveCall& call, StreamRef stream);
};

}  // namespace lanemark
