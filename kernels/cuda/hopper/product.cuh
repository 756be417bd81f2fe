#pragma once

#include <cuda_bf16.h>

#include <type_traits>

#include "kernels/core/half.hpp"
#include "kernels/cuda/hopper/operand.cuh"
#include "kernels/cuda/hopper/wgmma.cuh"

// C[m, n] = A · B on the tensor cores of compute capability 9.0, bfloat16 or tf32, summed in float. One block to a
// multiprocessor works through tiles of C. One warp has the copy engine fetch slices of A and B into a ring of stages;
// two warpgroups multiply them, each the rows of C that are its own, and write their sums through shared memory with
// the copy engine, while the next tile's slices are already on their way. (Warp specialisation: Bauer et al. 2011; the
// scheme for this chip is CUTLASS 3's.)
//
// flops: 2 · m · n · depth. bytes, from the L2: a tile of 128 x 256 fetches 48 KiB for 4.2 Mflop in bfloat16.
//
// Two blocks may pair up as a cluster: to share what they both read (`shares_b`), or, where C has too few tiles for the
// chip, to halve the depth of one tile and add up through each other's shared memory (`splits_depth`). Deeper splits go
// through memory in pieces, which the caller adds in order, so that the result depends on the shape alone.

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

template <class Shape>
__device__ void fetch_tile(const Product& product, const Layout<Shape>& layout, const Work& work, unsigned rank,
                           Turn<Shape>& turn) {
  using PartOfB = std::conditional_t<Shape::tile.shares_b, typename Shape::HalfOfB, typename Shape::SlicesB>;
  const unsigned mine = Shape::tile.shares_b ? rank % 2 : 0;
  [[maybe_unused]] const auto sharers = static_cast<std::uint16_t>(3U << (rank - mine));
  Fetcher<typename Shape::SlicesA> a{product.a, work.row, work.begin};
  Fetcher<PartOfB> b{product.b, work.column + mine * (Shape::tile_n / 2), work.begin};
  for (unsigned slice = work.begin; slice < work.end; ++slice, turn.advance()) {
    const SharedAddress full = layout.full + 8 * turn.stage;
    barrier::wait(layout.empty + 8 * turn.stage, turn.phase ^ 1U);
    barrier::expect(full, Shape::stage_bytes);
    a.fetch(layout.a(turn.stage), full);
    b.template fetch<Shape::tile.shares_b>(layout.b(turn.stage) + mine * PartOfB::bytes, full, sharers);
  }
}

/// A float as it is: the tensor cores cut it off to tf32. Rounding it first halves the error, but the conversion's unit
/// is a slow one.
__device__ inline std::uint32_t read(SharedAddress at) {
  std::uint32_t bits = 0;
  asm volatile("ld.shared.b32 %0, [%1];" : "=r"(bits) : "r"(at));
  return bits;
}

/// Where element (depth k, column of a block of 32) of an operand along its outer index lies in the block.
__device__ inline unsigned place_in_block(unsigned k, unsigned column) {
  return k * row_bytes + (((column / 4) ^ (k % 8)) * 16) + column % 4 * 4;
}

/// Four floats with their neighbours' places turned on by `by`, without indexing registers by what is known at run time
/// only.
__device__ inline void rotate(std::uint32_t (&four)[4], unsigned by) {
  const std::uint32_t once[4] = {four[1], four[2], four[3], four[0]};
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) four[i] = by % 2 == 1 ? once[i] : four[i];
  const std::uint32_t twice[4] = {four[2], four[3], four[0], four[1]};
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) four[i] = by / 2 == 1 ? twice[i] : four[i];
}

/// A warp turns 16 depths, from the quarter `first_four` of a slice's 8 fours on, of a block of 32 columns. Each lane
/// reads four times 4 columns and writes four times 4 depths; lanes begin with different columns, so that no two meet
/// in a bank.
__device__ inline void turn_block(SharedAddress from, SharedAddress to, unsigned first_four, unsigned lane) {
  const unsigned chunk = lane % 8;
  const unsigned four = first_four + lane / 8;
  const unsigned shift = chunk / 2;
  std::uint32_t values[4][4];
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned k = 4 * four + i;
    asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(values[i][0]), "=r"(values[i][1]), "=r"(values[i][2]), "=r"(values[i][3])
                 : "r"(from + k * row_bytes + ((chunk ^ (k % 8)) * 16)));
  }
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) rotate(values[i], shift);
#pragma unroll
  for (unsigned j = 0; j < 4; ++j) {
    const unsigned column = 4 * chunk + (j + shift) % 4;
    asm volatile(
        "st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(to + column * row_bytes + ((four ^ (column % 8)) * 16)),
        "r"(values[0][j]), "r"(values[1][j]), "r"(values[2][j]), "r"(values[3][j])
        : "memory");
  }
}

/// Turns the slices of B, 32 deep and lying along n, so that they lie along the depth. Of the warps that do it, this is
/// number `warp`.
template <class Shape>
__device__ void turn_tile(const Layout<Shape>& layout, const Work& work, unsigned warp, unsigned lane,
                          Turn<Shape>& turn) {
  constexpr unsigned parts = Shape::tile_n / 32 * 2;
  for (unsigned slice = work.begin; slice < work.end; ++slice) {
    const SharedAddress from = layout.b(turn.stage);
    const SharedAddress to = layout.turned + turn.turned.stage * Shape::turned_bytes;
    barrier::wait(layout.full + 8 * turn.stage, turn.phase);
    barrier::wait(layout.turned_empty + 8 * turn.turned.stage, turn.turned.phase ^ 1U);
    for (unsigned part = warp; part < parts; part += Shape::turners) {
      turn_block(from + part / 2 * Shape::SlicesB::block_bytes, to + part / 2 * (32 * row_bytes), part % 2 * 4, lane);
    }
    publish_to_engines();
    __syncwarp();
    if (lane == 0) {
      barrier::arrive(layout.turned_full + 8 * turn.turned.stage);
      barrier::arrive(layout.empty + 8 * turn.stage);
    }
    turn.advance();
    turn.turned.advance();
  }
}

/// One warpgroup's sums of a tile.
template <class Shape>
using Sums = float[Shape::tile.m_blocks][Shape::tile.n / 2];

/// A's part of a stage's instructions from blocks of 32 columns along the outer index: element (depth k,
/// outer r) of a block lies in row k, its 16-byte chunk r / 4 exchanged with chunk (r / 4) ^ (k % 8).
struct RegistersOfA {
  std::uint32_t of_step[4][4];

  RegistersOfA() = default;
  __device__ RegistersOfA(SharedAddress a, unsigned group, unsigned thread) {
    const unsigned lane = thread % 32;
    const unsigned outer = group * 64 + thread / 32 * 16 + lane / 4;
    const unsigned k = lane % 4;
    const SharedAddress block = a + outer / 32 * (32 * row_bytes);
    // Odd lanes read the second of their two depths first: no two lanes then meet in a bank.
    const unsigned odd = k & 1U;
#pragma unroll
    for (unsigned step = 0; step < 4; ++step) {
#pragma unroll
      for (unsigned high = 0; high < 2; ++high) {
        const unsigned column = outer % 32 + 8 * high;
        const std::uint32_t first = read(block + place_in_block(8 * step + k + 4 * odd, column));
        const std::uint32_t second = read(block + place_in_block(8 * step + k + 4 * (odd ^ 1U), column));
        of_step[step][high] = odd ? second : first;
        of_step[step][high + 2] = odd ? first : second;
      }
    }
  }

  /// The instructions read registers after they were issued, which the compiler does not know: keeps it from giving
  /// them to others before this.
  __device__ void keep() const {
#pragma unroll
    for (unsigned step = 0; step < 4; ++step) {
      asm volatile("" ::"r"(of_step[step][0]), "r"(of_step[step][1]), "r"(of_step[step][2]), "r"(of_step[step][3]));
    }
  }
};

/// What B is of a stage to a warpgroup, and how far the next 32 bytes of the depth lie.
template <class Shape>
__device__ std::uint64_t describe_b(SharedAddress b, unsigned group) {
  constexpr unsigned in_row = row_bytes / sizeof(typename Shape::Element);
  constexpr unsigned of_group = Shape::multiplied_b == Along::depth
                                    ? Shape::tile.n * row_bytes
                                    : Shape::tile.n / in_row * Shape::SlicesB::block_bytes;
  return wgmma::describe(b + group % Shape::tile.across * of_group, 8 * row_bytes, Shape::SlicesB::block_bytes);
}

/// From one step, 32 bytes of the depth, to the next, in a descriptor: in a row along the depth, or some rows along the
/// outer index.
template <class Element>
__device__ constexpr std::uint64_t step_of(Along along) {
  constexpr unsigned bytes = 32;
  return (along == Along::depth ? bytes : bytes / sizeof(Element) * row_bytes) >> 4U;
}

template <class Shape>
__device__ void multiply_stage(SharedAddress a, SharedAddress b, unsigned group, bool accumulate, Sums<Shape>& sums) {
  using Element = typename Shape::Element;
  constexpr Tile tile = Shape::tile;
  constexpr unsigned block_of_rows = Shape::a == Along::depth ? 64 * row_bytes : Shape::SlicesA::block_bytes;
  const std::uint64_t of_a = wgmma::describe(a + group / tile.across * tile.m_blocks * block_of_rows, 8 * row_bytes,
                                             Shape::SlicesA::block_bytes);
  const std::uint64_t of_b = describe_b<Shape>(b, group);
  wgmma::fence();
#pragma unroll
  for (unsigned k = 0; k < Shape::steps; ++k) {
    const std::uint64_t at_b = of_b + k * step_of<Element>(Shape::b);
#pragma unroll
    for (unsigned i = 0; i < tile.m_blocks; ++i) {
      const std::uint64_t at_a = of_a + k * step_of<Element>(Shape::a) + i * (block_of_rows >> 4U);
      if constexpr (Shape::tf32) multiply_tf32<tile.n>(sums[i], at_a, at_b, accumulate || k > 0);
      else
        multiply_bf16<Shape::a == Along::outer, Shape::b == Along::outer, tile.n>(sums[i], at_a, at_b,
                                                                                  accumulate || k > 0);
    }
  }
  wgmma::commit();
}

template <class Shape>
__device__ void multiply_stage(const RegistersOfA& a, SharedAddress b, unsigned group, bool accumulate,
                               Sums<Shape>& sums) {
  const std::uint64_t of_b = describe_b<Shape>(b, group);
  wgmma::fence();
#pragma unroll
  for (unsigned k = 0; k < Shape::steps; ++k) {
    multiply_tf32<Shape::tile.n>(sums[0], a.of_step[k], of_b + k * step_of<float>(Shape::multiplied_b),
                                 accumulate || k > 0);
  }
  wgmma::commit();
}

/// Says that the warpgroup has read a stage: to its own block, and to the other where that fills it too.
template <class Shape>
__device__ void release(const Layout<Shape>& layout, unsigned stage, unsigned rank, unsigned thread) {
  const SharedAddress empty = layout.empty + 8 * stage;
  if constexpr (Shape::tile.shares_b) {
    if (thread < 2) barrier::arrive(in_block(empty, rank - rank % 2 + thread));
  } else {
    if (thread == 0) barrier::arrive(empty);
  }
}

template <class Shape>
__device__ void multiply_tile(const Layout<Shape>& layout, const Work& work, unsigned rank, unsigned group,
                              unsigned thread, Turn<Shape>& turn, Sums<Shape>& sums) {
  unsigned previous = 0;
  for (unsigned slice = work.begin; slice < work.end; ++slice, turn.advance()) {
    barrier::wait(layout.full + 8 * turn.stage, turn.phase);
    multiply_stage<Shape>(layout.a(turn.stage), layout.b(turn.stage), group, slice > work.begin, sums);
    wgmma::wait<1>();
    if (slice > work.begin) release(layout, previous, rank, thread);
    previous = turn.stage;
  }
  wgmma::wait<0>();
  if (work.begin < work.end) release(layout, previous, rank, thread);
}

/// With A in registers, where the next stage's are read while this one's multiply. If B was turned, that is all a warp
/// reads of a stage, and it says so itself.
template <class Shape>
requires Shape::a_in_registers __device__ void multiply_tile(const Layout<Shape>& layout, const Work& work,
                                                             unsigned rank, unsigned group, unsigned thread,
                                                             Turn<Shape>& turn, Sums<Shape>& sums) {
  if (work.begin >= work.end) return;
  const auto b_of = [&](unsigned stage) {
    return Shape::turns_b ? layout.turned + turn.turned.stage * Shape::turned_bytes : layout.b(stage);
  };
  const unsigned group_m = group / Shape::tile.across;
  const auto read_a = [&] {
    barrier::wait(layout.full + 8 * turn.stage, turn.phase);
    const RegistersOfA read{layout.a(turn.stage), group_m, thread};
    if constexpr (Shape::turns_b) {
      __syncwarp();
      if (thread % 32 == 0) barrier::arrive(layout.empty + 8 * turn.stage);
    }
    return read;
  };
  RegistersOfA a = read_a();
  for (unsigned slice = work.begin; slice < work.end; ++slice) {
    const unsigned stage = turn.stage;
    if constexpr (Shape::turns_b) barrier::wait(layout.turned_full + 8 * turn.turned.stage, turn.turned.phase);
    multiply_stage<Shape>(a, b_of(stage), group, slice > work.begin, sums);
    turn.advance();
    RegistersOfA next;
    if (slice + 1 < work.end) next = read_a();
    wgmma::wait<0>();
    a.keep();
    if constexpr (Shape::turns_b) {
      if (thread == 0) barrier::arrive(layout.turned_empty + 8 * turn.turned.stage);
      turn.turned.advance();
    } else {
      release(layout, stage, rank, thread);
    }
    a = next;
  }
}

}  // namespace lanemark::hopper
