// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/ampere/instructions.cuh"
#include "kernels/cuda/sources.cuh"

// A slice of an operand in shared memory: `tile` outer indices and 64 bytes of the depth, in the order in which the
// operand lies in memory. Rows are padded so that the eight addresses of a matrix lie in different banks.

namespace lanemark::ampere {

constexpr unsigned chunk = 16;  ///< bytes of the widest copy

template <class Source, unsigned tile>
struct Slice {
  using Element = typename Source::Element;
  static constexpr unsigned depth = 64 / sizeof(Element);
  static constexpr unsigned elements_per_chunk = chunk / sizeof(Element);
  static constexpr unsigned rows = Source::along_depth ? tile : depth;
  static constexpr unsigned row_length = Source::along_depth ? depth : tile;
  static constexpr unsigned padding = !Source::along_depth && sizeof(Element) == 4 ? 32 : 16;
  static constexpr unsigned pitch = row_length * sizeof(Element) + padding;
  static constexpr unsigned bytes = rows * pitch;

  /// 16 outer indices and 32 bytes of the depth: [outer / 8 % 2 + 2 · (second half of the depth)], each lane with outer
  /// index lane / 4 and 4 bytes of the depth.
  struct Fragment {
    unsigned quarters[4];
  };
  __device__ static Fragment fragment(unsigned slice, unsigned outer, unsigned depth_half) {
    const unsigned lane = threadIdx.x % 32;
    Fragment fragment;
    if constexpr (Source::along_depth) {
      const unsigned row = outer + lane % 16;
      load_matrices<false>(fragment.quarters, slice + row * pitch + depth_half * 32 + lane / 16 * chunk);
    } else if constexpr (sizeof(Element) == 2) {
      const unsigned row = depth_half * 16 + lane / 16 * 8 + lane % 8;
      load_matrices<true>(fragment.quarters, slice + row * pitch + outer * 2 + lane / 8 % 2 * chunk);
    } else {
      const unsigned from = slice + (depth_half * 8 + lane % 4) * pitch + (outer + lane / 4) * 4;
#pragma unroll
      for (unsigned i = 0; i < 4; ++i) fragment.quarters[i] = load_word(from + i / 2 * 4 * pitch + i % 2 * 32);
    }
    if constexpr (sizeof(Element) == 4) {
#pragma unroll
      for (unsigned i = 0; i < 4; ++i) fragment.quarters[i] = ready_to_cut_off(fragment.quarters[i]);
    }
    return fragment;
  }

 private:
  /// Tensor cores drop the last 13 bits of a float. Multiplied by 1 + 2^-11 before, what is left is within 2^-11 of
  /// the float, as far as rounding would be, and the float itself where those bits were zero.
  __device__ static unsigned ready_to_cut_off(unsigned bits) {
    return __float_as_uint(__uint_as_float(bits) * (1 + 0x1p-11F));
  }
};

/// Which chunks of a slice one of `threads` threads fetches.
template <class Source, unsigned tile, unsigned threads>
class Filler {
 public:
  using Layout = Slice<Source, tile>;

  __device__ Filler(const Source& source, unsigned first_outer) : source_{source}, first_{first_outer} {
    for (unsigned i = 0; i < place_count; ++i) places_[i] = source_.place(first_ + outer(i));
  }

  /// The slice that begins at `depth`, in the background where its elements are wide enough for that.
  __device__ void fill(unsigned slice, unsigned depth) const {
    if (source_.run >= per_chunk) fill_with<per_chunk>(slice, depth);
    else if (sizeof(Element) == 4 || source_.run >= 2) fill_with<4 / sizeof(Element)>(slice, depth);
    else fill_with<1>(slice, depth);
  }

 private:
  using Element = typename Layout::Element;
  static constexpr unsigned per_chunk = Layout::elements_per_chunk;
  static constexpr unsigned chunks_per_row = Layout::row_length / per_chunk;
  static constexpr unsigned rows_apart = threads / chunks_per_row;
  static constexpr unsigned count = Layout::rows > rows_apart ? Layout::rows / rows_apart : 1;
  static constexpr unsigned place_count = Source::along_depth ? count : 1;

  /// Where a slice has fewer chunks than there are threads, some fetch what others do: the same data to the same place.
  [[nodiscard]] __device__ static unsigned row(unsigned i) {
    return threadIdx.x / chunks_per_row % Layout::rows + i * rows_apart;
  }
  [[nodiscard]] __device__ static unsigned column() { return threadIdx.x % chunks_per_row * per_chunk; }
  [[nodiscard]] __device__ static unsigned outer(unsigned i) { return Source::along_depth ? row(i) : column(); }

  /// In pieces of `run` elements.
  template <unsigned run>
  __device__ void fill_with(unsigned slice, unsigned depth) const {
    const unsigned to = slice + row(0) * Layout::pitch + column() * sizeof(Element);
#pragma unroll
    for (unsigned part = 0; part < per_chunk; part += run) {
      const unsigned along = Source::along_depth ? depth + column() + part : first_ + column() + part;
      if constexpr (Source::along_depth) {
        const auto step = source_.step(along);
#pragma unroll
        for (unsigned i = 0; i < count; ++i) put<run>(to, i, part, source_.at(places_[i], step));
      } else {
        const auto place = part == 0 ? places_[0] : source_.place(along);
#pragma unroll
        for (unsigned i = 0; i < count; ++i) put<run>(to, i, part, source_.at(place, source_.step(depth + row(i))));
      }
    }
  }
  template <unsigned run>
  __device__ static void put(unsigned first, unsigned i, unsigned part, const gemm::Located<Element>& from) {
    const unsigned to = first + i * rows_apart * Layout::pitch + part * sizeof(Element);
    if constexpr (run * sizeof(Element) >= 4) {
      if (from.there) copy_async<run * sizeof(Element)>(to, from.data);
      else store_zeros<run * sizeof(Element)>(to);
    } else {
      const std::uint16_t bits = from.there ? from.data->bits : 0;
      asm volatile("st.shared.u16 [%0], %1;" ::"r"(to), "h"(bits) : "memory");
    }
  }

  const Source& source_;  ///< a kernel's argument, which stays in constant memory: a copy takes registers
  typename Source::Place places_[place_count];
  unsigned first_;
};

}  // namespace lanemark::ampere
