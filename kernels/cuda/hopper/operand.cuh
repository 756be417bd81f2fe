// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/hopper/async.cuh"
#include "kernels/cuda/hopper/operand.hpp"

// Where an operand of product.cuh comes from, slice by slice of the depth: which boxes TMA fetches. A slice
// is 128 bytes of elements deep, or, where both operands lie along their outer indices, half of that if so wished. In
// shared memory an operand along the depth is one row of 128 bytes for each outer index; one along the outer index is
// blocks of 128 bytes of it, each a row for every element of the depth.

namespace lanemark::hopper {

/// The first pixel of a column of patches.
struct Pixel {
  int w, h, image;

  __device__ Pixel(int at_w, int at_h, int of_image) : w{at_w}, h{at_h}, image{of_image} {}
  __device__ Pixel(const Operand& from, unsigned number) {
    const unsigned row = number / from.width;
    w = static_cast<int>((number - row * from.width) * from.stride) - static_cast<int>(from.padding);
    image = static_cast<int>(row / from.height);
    h = static_cast<int>((row % from.height) * from.stride) - static_cast<int>(from.padding);
  }
};

/// A block of channels at a tap of the filter.
struct TapBlock {
  unsigned block, right, down;

  __device__ TapBlock(unsigned first, unsigned at_right, unsigned at_down)
      : block{first}, right{at_right}, down{at_down} {}
  __device__ TapBlock(const Operand& from, unsigned number) {
    const unsigned tap = number / from.blocks;
    block = number - tap * from.blocks;
    down = tap / from.filter;
    right = tap - down * from.filter;
  }
  __device__ void advance(const Operand& from) {
    if (++block < from.blocks) return;
    block = 0;
    if (++right < from.filter) return;
    right = 0;
    ++down;
  }
  [[nodiscard]] __device__ int tap(const Operand& from) const {
    const unsigned number = down * from.filter + right;
    return static_cast<int>(from.turned ? from.filter * from.filter - 1 - number : number);
  }
};

/// The sizes of a slice. `outer` is that of the part of the tile that one call fetches.
template <class Element, Source source, unsigned outer, bool halved>
struct Slices {
  static constexpr Along along = source.along;
  static constexpr Origin origin = source.origin;
  static constexpr unsigned in_row = row_bytes / sizeof(Element);
  static constexpr unsigned depth = in_row / (halved ? 2 : 1);  ///< of a slice
  static constexpr unsigned blocks = along == Along::outer ? outer / in_row : 1;
  static constexpr unsigned block_bytes = (along == Along::outer ? depth : outer) * row_bytes;
  static constexpr unsigned bytes = blocks * block_bytes;
  static_assert(along == Along::outer ? outer % in_row == 0 : !halved);
};

/// Fetches one slice after another. Divides when a tile begins, and then only counts: the one thread that fetches would
/// otherwise hold everything up.
template <class Slices>
class Fetcher {
 public:
  /// For outer indices from `first` on, from slice number `slice` on.
  __device__ Fetcher(const Operand& from, unsigned first, unsigned slice)
      : from_{from},
        first_{first},
        slice_{slice},
        taps_{origin == Origin::matrix ? TapBlock{0, 0, 0} : TapBlock{from, taps_outer ? first / in_row : slice}},
        pixel_{origin == Origin::patches && !taps_outer ? Pixel{from, first} : Pixel{0, 0, 0}} {}

  /// The slice, and on to the next; where `share`, for the blocks of the cluster in `sharers`.
  template <bool share = false>
  __device__ void fetch(SharedAddress to, SharedAddress barrier, std::uint16_t sharers = 0) {
    static_assert(!share || origin == Origin::matrix);
    if constexpr (taps_outer) pixel_ = Pixel{from_, slice_ * Slices::depth};
    TapBlock taps = taps_;
#pragma unroll
    for (unsigned block = 0; block < Slices::blocks; ++block) {
      const SharedAddress there = to + block * Slices::block_bytes;
      const unsigned outer = first_ + block * in_row;
      if constexpr (origin == Origin::matrix) {
        const auto depth = static_cast<int>(slice_ * Slices::depth);
        const auto x = along == Along::depth ? depth : static_cast<int>(outer);
        const auto y = along == Along::depth ? static_cast<int>(outer) : depth;
        if constexpr (share) copy::load(there, from_.map, barrier, x, y, sharers);
        else copy::load(there, from_.map, barrier, x, y);
      } else if constexpr (origin == Origin::patches) {
        copy::load_patches(there, from_.map, barrier, channel(taps), pixel_.w, pixel_.h, pixel_.image,
                           static_cast<std::uint16_t>(taps.right), static_cast<std::uint16_t>(taps.down));
        if constexpr (taps_outer) taps.advance(from_);
      } else if constexpr (along == Along::depth) {
        copy::load(there, from_.map, barrier, channel(taps), taps.tap(from_), static_cast<int>(outer));
      } else {
        copy::load(there, from_.map, barrier, static_cast<int>(outer), taps.tap(from_), channel(taps));
      }
    }
    ++slice_;
    if constexpr (origin != Origin::matrix && !taps_outer) taps_.advance(from_);
  }

 private:
  static constexpr Along along = Slices::along;
  static constexpr Origin origin = Slices::origin;
  static constexpr unsigned in_row = Slices::in_row;
  /// Taps and blocks of channels count along the depth, or, for patches along the outer index, along that.
  static constexpr bool taps_outer = origin == Origin::patches && along == Along::outer;

  __device__ static int channel(const TapBlock& taps) { return static_cast<int>(taps.block * in_row); }

  const Operand& from_;
  unsigned first_, slice_;
  TapBlock taps_;
  Pixel pixel_;
};

}  // namespace lanemark::hopper
