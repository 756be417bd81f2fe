// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/plan.hpp"

#include <algorithm>
#include <cmath>

namespace lanemark::hopper {
namespace {

// What an H200 does in a cycle, a multiprocessor where nothing else is said; see docs/kernels.md.
constexpr double bytes_from_l2 = 36;
constexpr double bytes_of_shared_memory = 128;
constexpr double products = 2048;          // of bfloat16 pairs, or 4 bytes of depth
constexpr double bytes_to_memory = 2400;   // of the whole chip
constexpr double cycles_of_a_tile = 2500;  // to fill the pipeline and to let go
constexpr double cycles_of_a_pair = 4500;  // to add up through each other's shared memory
constexpr double cycles_of_a_launch = 10000;

std::size_t ceiling(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

/// A slice's, the slowest of what happens at the same time.
double cycles_of_slice(const Candidate& tile) {
  const double bytes = tile.slice_bytes;
  const double area = static_cast<double>(tile.tile_m) * tile.tile_n;
  const double multiply = area * bytes / 2 / products;
  // An instruction of 64 rows and 32 bytes of depth reads its A and its B.
  const double instructions = area / (64.0 * tile.n) * bytes / 32;
  const double fetched = bytes * (tile.tile_m + tile.tile_n);
  const double shared = (instructions * 32 * (64 + tile.n) + fetched) / bytes_of_shared_memory;
  const double from_l2 = bytes * (tile.tile_m + tile.tile_n / (tile.shares_b ? 2.0 : 1.0)) / bytes_from_l2;
  return std::max({multiply, shared, from_l2});
}

struct Estimate {
  double cycles;
  unsigned blocks;
};

Estimate estimate(const Problem& problem, const Candidate& tile, std::size_t pieces) {
  const std::size_t rows = ceiling(problem.m, tile.tile_m);
  const std::size_t units = (tile.shares_b ? ceiling(rows, 2) : rows) * ceiling(problem.n, tile.tile_n) * pieces;
  const std::size_t clusters = std::min<std::size_t>(units, problem.multiprocessors / tile.blocks);
  const auto turns = static_cast<double>(ceiling(units, clusters));
  const std::size_t slices = ceiling(ceiling(problem.depth, tile.slice_bytes), pieces * (tile.splits_depth ? 2 : 1));
  const double result_bytes = 4.0 * static_cast<double>(problem.m * problem.n);
  double cycles = turns * (static_cast<double>(slices) * cycles_of_slice(tile) + cycles_of_a_tile);
  if (tile.splits_depth) cycles += turns * cycles_of_a_pair;
  if (pieces > 1) cycles += cycles_of_a_launch + static_cast<double>(2 * pieces + 1) * result_bytes / bytes_to_memory;
  return {cycles, static_cast<unsigned>(clusters * tile.blocks)};
}

}  // namespace

Plan plan(const Problem& problem, std::span<const Candidate> candidates) {
  Plan best{0, 1, 0, std::numeric_limits<double>::infinity()};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::size_t slices = ceiling(problem.depth, candidates[i].slice_bytes);
    const std::size_t most = std::clamp<std::size_t>(slices / 4, 1, problem.most_pieces);
    for (std::size_t pieces = 1; pieces <= most; ++pieces) {
      const Estimate found = estimate(problem, candidates[i], pieces);
      if (found.cycles < best.cycles) best = {i, static_cast<unsigned>(pieces), found.blocks, found.cycles};
    }
  }
  return best;
}

}  // namespace lanemark::hopper
