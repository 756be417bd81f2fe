// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

// How a matrix product C[m, n] = A · B is cut into blocks, whatever the kernel.

namespace lanemark::gemm {

struct TileSize {
  unsigned m, n;
};

/// How C is cut into blocks.
struct Plan {
  TileSize tile;  ///< 128 x 128, 128 x 64 or 64 x 64; or narrow
  std::size_t tiles;
  unsigned pieces;  ///< of the depth
};

/// For results of few columns, where a kernel has it.
constexpr TileSize narrow_tile{128, 16};

/// What a kernel allows.
struct Allowed {
  unsigned least_piece;  ///< of the depth
  bool narrow_tile;
};

/// A pure function of the shape; `depth` is that of the deepest part.
Plan plan(unsigned m, unsigned n, unsigned depth, const Allowed& allowed);

/// Throws UsageError for sizes beyond 32-bit indices.
unsigned dimension(std::size_t size);

}  // namespace lanemark::gemm
