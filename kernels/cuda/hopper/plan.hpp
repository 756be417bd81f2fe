// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <span>

// Which tile a product is made of, and into how many pieces its depth is cut: by counting cycles. The rates behind the
// count are in docs/kernels.md.

namespace lanemark::hopper {

/// A product to be made.
struct Problem {
  std::size_t m, n;
  std::size_t depth;        ///< in bytes of one outer index
  std::size_t most_pieces;  ///< that fit in the workspace; 1 where the kernel cannot cut the depth
  unsigned multiprocessors;
};

/// A tile, to the planner.
struct Candidate {
  unsigned tile_m, tile_n;
  unsigned n;       ///< of one instruction
  unsigned blocks;  ///< of a cluster
  bool shares_b, splits_depth;
  unsigned slice_bytes;  ///< of the depth
};

struct Plan {
  std::size_t candidate;
  unsigned pieces;
  unsigned blocks;  ///< to launch
  double cycles;    ///< estimated
};

/// The cheapest; a pure function of its arguments. `candidates` is not empty.
Plan plan(const Problem& problem, std::span<const Candidate> candidates);

}  // namespace lanemark::hopper
