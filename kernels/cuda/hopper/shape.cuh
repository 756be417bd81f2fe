// SPDX-License-Identifier: MIT

#pragma once

#include <type_traits>

#include "kernels/core/half.hpp"
#include "kernels/cuda/hopper/operand.cuh"

// product.cuh's kernel in numbers: its tiles, its shared memory, and which block does what.

namespace lanemark::hopper {

/// How a block, or a cluster of them, makes a tile.
struct Tile {
  unsigned n;             ///< columns of a warpgroup, 64 to 256
  unsigned m_blocks = 1;  ///< of 64 rows, of a warpgroup
  unsigned warpgroups = 2;
  unsigned across = 1;   ///< warpgroups side by side along n; the others lie along m
  unsigned buffers = 2;  ///< of C on its way out, of each warpgroup
  bool shares_b = false;
  bool splits_depth = false;
  bool halves_slices = false;  ///< so that more stages fit

  [[nodiscard]] constexpr unsigned blocks() const { return (shares_b ? 2U : 1U) * (splits_depth ? 2U : 1U); }
};

/// The kernel in numbers. `transposed` writes Cᵀ.
template <class Element_, Source source_a, Source source_b, Tile tile_, class Out_, bool transposed_ = false>
struct Shape {
  using Element = Element_;
  using Out = Out_;
  static constexpr Tile tile = tile_;
  static constexpr unsigned rows_of_group = 64 * tile.m_blocks;
  static constexpr unsigned tile_m = tile.warpgroups / tile.across * rows_of_group;
  static constexpr unsigned tile_n = tile.across * tile.n;
  static constexpr bool transposed = transposed_;
  static constexpr bool tf32 = std::is_same_v<Element, float>;
  static constexpr Along a = source_a.along;
  static constexpr Along b = source_b.along;
  /// The tensor cores read tf32 along the depth only, unless it comes in registers.
  static constexpr bool a_in_registers = tf32 && a == Along::outer;
  static constexpr bool turns_b = tf32 && b == Along::outer;
  static constexpr Along multiplied_b = turns_b ? Along::depth : b;  ///< as the tensor cores see it
  static_assert(!a_in_registers || tile.m_blocks == 1);
  using SlicesA = Slices<Element, source_a, tile_m, tile.halves_slices>;
  using SlicesB = Slices<Element, source_b, tile_n, tile.halves_slices>;
  using HalfOfB = Slices<Element, source_b, tile_n / 2, tile.halves_slices>;
  static constexpr unsigned steps = tile.halves_slices ? 2 : 4;  ///< instructions deep
  static constexpr unsigned stage_bytes = SlicesA::bytes + SlicesB::bytes;

  // C leaves in chunks of 64 rows of 128 bytes, which have their own memory.
  static constexpr unsigned chunk_bytes = 64 * row_bytes;
  static constexpr unsigned chunk_columns = row_bytes / sizeof(Out);
  static constexpr unsigned chunks = tile.m_blocks * tile.n / chunk_columns;  ///< of a warpgroup
  static constexpr unsigned buffers = tile.buffers;
  static constexpr unsigned staging_bytes = tile.warpgroups * buffers * chunk_bytes;

  /// B turned by warps that stand by, where the tensor cores cannot take it as it lies: two slices take turns.
  static constexpr unsigned turned_bytes = turns_b ? SlicesB::bytes : 0;
  static constexpr unsigned turners = turns_b ? 3 : 0;  ///< warps

  static constexpr unsigned most_shared = 227 * 1024;
  static constexpr unsigned reserve = 1024 + 256;  // to begin on 1 KiB, and for barriers
  static constexpr unsigned stages = (most_shared - staging_bytes - 2 * turned_bytes - reserve) / stage_bytes;
  static constexpr unsigned shared_bytes = stages * stage_bytes + staging_bytes + 2 * turned_bytes + reserve;
  static_assert(stages >= 2 && stages * 16 + tile.warpgroups * buffers * 8 + 32 <= 256);

  // A warpgroup stands by, of which one thread fetches, and the other warps turn B where it must be; those that
  // multiply get most of its registers.
  static constexpr unsigned multipliers = 128 * tile.warpgroups;  ///< threads
  static constexpr unsigned standing_by = 128;
  static constexpr unsigned threads = multipliers + standing_by;
  static constexpr unsigned registers = 65536 / threads / 8 * 8;  ///< of each thread at the start
  static constexpr unsigned registers_to_stand_by = turns_b ? 64 : (tile.warpgroups == 2 ? 40 : 32);
  static constexpr unsigned registers_to_multiply =
      (registers * threads - registers_to_stand_by * standing_by) / multipliers / 8 * 8;
};

struct Product {
  Operand a, b;
  CUtensorMap c;     ///< [piece, row, group, column in group]; of Cᵀ where transposed
  CUtensorMap mask;  ///< like C; where it is not positive, C becomes 0
  unsigned units_m;  ///< rows of tiles, or of pairs of tiles
  unsigned tiles_n;
  unsigned slices;  ///< of the whole depth
  unsigned pieces;  ///< of the depth
  unsigned slices_of_piece;
  unsigned group_columns;  ///< columns of C in a group, as the tiles count them
  const float* bias;       ///< [n], or null
  unsigned n;
  bool relu, masked;
};

/// Which half of the depth a block of a cluster takes.
__device__ constexpr unsigned half_of(unsigned rank, Tile tile) { return rank / (tile.shares_b ? 2 : 1); }

/// What one block does at a time: a tile of C over a stretch of the depth.
struct Work {
  unsigned row, column;  ///< first of the tile
  unsigned begin, end;   ///< slices
  unsigned piece;

  template <class Shape>
  __device__ static Work at(const Product& product, unsigned number, unsigned rank) {
    // Tiles near each other in number are near each other in C, so that the L2 serves them.
    constexpr unsigned band = 8;
    const unsigned piece = number % product.pieces;
    const unsigned tile = number / product.pieces;
    const unsigned first = tile / (band * product.tiles_n) * band;
    const unsigned high = min(band, product.units_m - first);
    const unsigned in_band = tile - first * product.tiles_n;
    unsigned m = first + in_band % high;
    if (Shape::tile.shares_b) m = 2 * m + rank % 2;
    Work work{m * Shape::tile_m, in_band / high * Shape::tile_n, piece * product.slices_of_piece, 0, piece};
    work.end = min(work.begin + product.slices_of_piece, product.slices);
    if (Shape::tile.splits_depth) {
      const unsigned half = (work.end - work.begin + 1) / 2;
      if (half_of(rank, Shape::tile) == 0) work.end = work.begin + half;
      else work.begin += half;
    }
    return work;
  }
};

/// Where a block's shared memory keeps what, in 32-bit shared addresses.
template <class Shape>
struct Layout {
  SharedAddress stages, staging, turned, full, empty, masks, turned_full, turned_empty;

  __device__ explicit Layout(const void* memory) {
    stages = (shared_address(memory) + 1023U) & ~1023U;
    staging = stages + Shape::stages * Shape::stage_bytes;
    turned = staging + Shape::staging_bytes;
    full = turned + 2 * Shape::turned_bytes;
    empty = full + 8 * Shape::stages;
    masks = empty + 8 * Shape::stages;
    turned_full = masks + 8 * Shape::buffers * Shape::tile.warpgroups;
    turned_empty = turned_full + 16;
  }
  [[nodiscard]] __device__ SharedAddress a(unsigned stage) const { return stages + stage * Shape::stage_bytes; }
  [[nodiscard]] __device__ SharedAddress b(unsigned stage) const { return a(stage) + Shape::SlicesA::bytes; }
  [[nodiscard]] __device__ SharedAddress chunk(unsigned group, unsigned i) const {
    return staging + (group * Shape::buffers + i % Shape::buffers) * Shape::chunk_bytes;
  }
  [[nodiscard]] __device__ SharedAddress mask(unsigned group, unsigned i) const {
    return masks + 8 * (group * Shape::buffers + i % Shape::buffers);
  }
};

/// A place in a ring of stages.
template <unsigned stages>
struct Ring {
  unsigned stage = 0;
  unsigned phase = 0;

  __device__ void advance() {
    if (++stage == stages) {
      stage = 0;
      phase ^= 1U;
    }
  }
};

template <class Shape>
struct Turn : Ring<Shape::stages> {
  Ring<2> turned{};  ///< of the slices of B that were turned
};

}  // namespace lanemark::hopper
