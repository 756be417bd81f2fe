// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <cstddef>

#include "collectives/core/communicator.hpp"

namespace lanemark {

/// A vector cut into one chunk a rank, the first ones longer by one where it does not divide.
struct Chunks {
  std::size_t count;
  std::size_t ranks;

  [[nodiscard]] std::size_t offset(int chunk) const {
    const auto i = static_cast<std::size_t>(chunk);
    return count / ranks * i + std::min(i, count % ranks);
  }
  [[nodiscard]] std::size_t size(int chunk) const { return offset(chunk + 1) - offset(chunk); }
};

// The two halves of the ring all-reduce (Patarasuk and Yuan 2009): ranks - 1 steps of a chunk to the right-hand
// neighbour, the least that any algorithm can send.

/// `call.send` holds all chunks; `mine` gets this rank's chunk of the reduction and may lie in its place in `send`.
void ring_reduce_scatter(Communicator& on, const CollectiveCall& call, const Chunks& chunks, void* mine,
                         StreamRef stream);

/// `all` holds this rank's chunk in its place, and then everyone's.
void ring_all_gather(Communicator& on, DType dtype, const Chunks& chunks, void* all, StreamRef stream);

}  // namespace lanemark
