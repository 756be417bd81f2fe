// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/core/dtype.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

class Communicator;
class StreamRef;

/// One rank's part in one collective, as MPI's calls take it. Pointers are memory of the stream's device; send and
/// receive overlap only as the collective's `in_place` says.
struct CollectiveCall {
  const void* send = nullptr;
  void* receive = nullptr;
  std::size_t count = 0;  ///< elements; each collective's file says of what
  DType dtype = DType::float32;
  ReduceOp op = ReduceOp::sum;
  int root = 0;
  int peer = -1;  ///< send_recv: from root to peer alone; < 0: everyone to the right-hand neighbour
  /// scatter and gather: elements of each rank, packed in rank order at the root; empty means `count` each.
  /// all_to_all_v: elements from each rank to each, row by row of the sender. Read before the call returns.
  std::span<const std::size_t> counts{};

  [[nodiscard]] std::size_t count_of(int rank) const {
    return counts.empty() ? count : counts[static_cast<std::size_t>(rank)];
  }
  /// Elements that precede `rank`'s in a buffer of all ranks' parts; of the number of ranks, all its elements.
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

/// Where send and receive begin, in elements, in the one buffer that serves for both.
struct InPlace {
  std::size_t send;
  std::size_t receive;
};

/// A collective as one record: what it moves, what is right, what its bandwidth means and how it is built from
/// send and receive where a backend has nothing of its own.
struct Collective {
  std::string_view name;
  bool reduces;
  bool rooted;  ///< has a root
  /// Elements of a rank's send and receive buffers.
  std::size_t (*send_count)(const CollectiveCall& call, int ranks, int rank);
  std::size_t (*receive_count)(const CollectiveCall& call, int ranks, int rank);
  /// Output of `rank`, each element once.
  std::vector<ExpectedRun> (*expected)(const CollectiveCall& call, int ranks, int rank);
  /// Null where the collective does not work in place.
  InPlace (*in_place)(const CollectiveCall& call, int ranks, int rank);
  /// busbw = algbw · bus_factor: the rate the busiest link must sustain whatever the algorithm; algbw is
  /// `size_count` elements over time. docs/bus-bandwidth.md derives them.
  double (*bus_factor)(const CollectiveCall& call, int ranks);
  /// Elements whose bytes are the row's size.
  std::size_t (*size_count)(const CollectiveCall& call, int ranks);
  /// Elements `rank` sends with a bandwidth-optimal algorithm.
  double (*sent)(const CollectiveCall& call, int ranks, int rank);
  /// The reference implementation over send, receive and group.
  void (*compose)(Communicator& on, const CollectiveCall& call, StreamRef stream);
  /// Elements of scratch memory that takes of each rank; null: none.
  std::size_t (*scratch_count)(const CollectiveCall& call, int ranks) = nullptr;
  /// Counts to measure with, `count` on average; null where all are equal.
  std::vector<std::size_t> (*uneven_counts)(std::size_t count, int ranks) = nullptr;
  /// Data; what moves none has neither size nor type.
  bool moves = true;
  /// A buffer has a part of `count` elements for each rank: rank r's begins r * count elements from its start.
  bool in_parts = false;
};

}  // namespace lanemark
