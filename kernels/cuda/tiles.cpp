// SPDX-License-Identifier: MIT

#include "kernels/cuda/tiles.hpp"

#include <algorithm>
#include <limits>

#include "kernels/core/error.hpp"
#include "kernels/cuda/workspace.hpp"

namespace lanemark::gemm {
namespace {

constexpr unsigned blocks_wanted = 264;  // two on each multiprocessor of a large GPU

std::size_t ceiling(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

}  // namespace

Plan plan(unsigned m, unsigned n, unsigned depth, const Allowed& allowed) {
  const auto cut_into = [&](TileSize tile) {
    const std::size_t tiles = ceiling(m, tile.m) * ceiling(n, tile.n);
    const std::size_t fit = workspace_size.value / sizeof(float) / (std::size_t{m} * n);
    const std::size_t pieces = std::min({blocks_wanted / tiles, std::size_t{depth / allowed.least_piece}, fit});
    return Plan{tile, tiles, static_cast<unsigned>(std::max<std::size_t>(1, pieces))};
  };
  if (allowed.narrow_tile && n <= narrow_tile.n) return cut_into(narrow_tile);
  const Plan large = cut_into({m > 64 ? 128U : 64U, m > 64 && n > 64 ? 128U : 64U});
  return large.tiles * large.pieces >= blocks_wanted / 3 ? large : cut_into({64, 64});
}

unsigned dimension(std::size_t size) {
  if (size >= static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw UsageError("a matrix dimension of 2^31 or more is beyond the GPU kernels; use a smaller batch");
  }
  return static_cast<unsigned>(size);
}

}  // namespace lanemark::gemm
