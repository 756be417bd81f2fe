// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/divisor.hpp"
#include "kernels/cuda/sources.cuh"

// The convolution's operands, gathered while the product runs: nothing is copied out beforehand.

namespace lanemark::gemm {

/// Pixels of a grid in all images, numbered, and where they lie in images of which the grid may be only every second
/// row and column.
class Grid {
 public:
  struct Pixel {
    unsigned image, row, column;
  };

  Grid() = default;
  /// Every `apart`th pixel from (first_row, first_column) on.
  Grid(unsigned images, unsigned height, unsigned width, unsigned apart = 1, unsigned first_row = 0,
       unsigned first_column = 0)
      : rows_{count(height, apart, first_row)},
        columns_{count(width, apart, first_column)},
        by_rows_{std::max(rows_, 1U)},
        by_columns_{std::max(columns_, 1U)},
        pixels_{images * rows_ * columns_},
        height_{height},
        width_{width},
        apart_{apart},
        first_row_{first_row},
        first_column_{first_column} {}

  [[nodiscard]] __host__ __device__ unsigned pixels() const { return pixels_; }
  [[nodiscard]] __device__ Pixel pixel(unsigned number) const {
    const Divisor::Result row = by_columns_.divide(number);
    const Divisor::Result image = by_rows_.divide(row.quotient);
    return {image.quotient, image.remainder, row.remainder};
  }
  /// The pixel's number among all pixels of the images.
  [[nodiscard]] __device__ unsigned at(unsigned number) const {
    const Pixel here = pixel(number);
    return (here.image * height_ + here.row * apart_ + first_row_) * width_ + here.column * apart_ + first_column_;
  }

 private:
  static unsigned count(unsigned size, unsigned apart, unsigned first) {
    return size > first ? (size - first + apart - 1) / apart : 0;
  }

  unsigned rows_ = 0, columns_ = 0;
  Divisor by_rows_, by_columns_;
  unsigned pixels_ = 0, height_ = 0, width_ = 0, apart_ = 1, first_row_ = 0, first_column_ = 0;
};

/// The taps of a filter that some pixels see: rows and columns of it, and how far from a pixel of the grid the first
/// and the next lie in the image.
struct Taps {
  unsigned rows = 0, columns = 0;
  int first_row = 0, first_column = 0;
  int apart = 1;
};

/// The patches under the pixels of a grid, [pixels, taps · channels], tap by tap, with zeros outside the image. outer:
/// pixel, depth: tap and channel, or the other way round.
template <class T, bool pixels_are_outer>
class PatchesOf {
 public:
  static constexpr bool along_depth = pixels_are_outer;
  using Element = T;
  /// Of a pixel's first tap, or from there to a tap and channel; far outside if there is none.
  struct Coordinates {
    unsigned row, column;  ///< of the image; left of or above it they wrap round to large numbers
    std::ptrdiff_t offset;
  };
  using Place = Coordinates;
  using Step = Coordinates;

  /// Pixel (r, c) of the grid has its first tap near (r · scale, c · scale) of the images.
  PatchesOf(const T* data, unsigned height, unsigned width, unsigned channels, const Grid& grid, unsigned scale,
            const Taps& taps)
      : run{run_of(data, channels)},
        data_{data},
        height_{height},
        width_{width},
        channels_{channels},
        columns_{taps.rows * taps.columns * channels},
        scale_{scale},
        grid_{grid},
        taps_{taps},
        by_channels_{std::max(channels, 1U)},
        by_tap_columns_{std::max(taps.columns, 1U)} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const { return pixels_are_outer ? pixel(outer) : tap(outer); }
  [[nodiscard]] __device__ Step step(unsigned depth) const { return pixels_are_outer ? tap(depth) : pixel(depth); }
  [[nodiscard]] __device__ Located<T> at(const Place& place, const Step& step) const {
    return {data_ + (place.offset + step.offset),
            place.row + step.row < height_ && place.column + step.column < width_};
  }

  unsigned run;

 private:
  static constexpr unsigned far_outside = 1U << 30U;

  [[nodiscard]] __device__ Coordinates pixel(unsigned number) const {
    if (number >= grid_.pixels()) return {far_outside, 0, 0};
    const Grid::Pixel of_grid = grid_.pixel(number);
    const int row = static_cast<int>(of_grid.row * scale_) + taps_.first_row;
    const int column = static_cast<int>(of_grid.column * scale_) + taps_.first_column;
    const int first = static_cast<int>(of_grid.image * height_ * width_);
    return {static_cast<unsigned>(row), static_cast<unsigned>(column),
            std::ptrdiff_t{first + row * static_cast<int>(width_) + column} * static_cast<int>(channels_)};
  }
  [[nodiscard]] __device__ Coordinates tap(unsigned number) const {
    if (number >= columns_) return {far_outside, 0, 0};
    const Divisor::Result tap = by_channels_.divide(number);
    const Divisor::Result of_filter = by_tap_columns_.divide(tap.quotient);
    const int row = static_cast<int>(of_filter.quotient) * taps_.apart;
    const int column = static_cast<int>(of_filter.remainder) * taps_.apart;
    return {static_cast<unsigned>(row), static_cast<unsigned>(column),
            std::ptrdiff_t{row * static_cast<int>(width_) + column} * static_cast<int>(channels_) + tap.remainder};
  }

  const T* data_;
  unsigned height_, width_, channels_, columns_, scale_;
  Grid grid_;
  Taps taps_;
  Divisor by_channels_, by_tap_columns_;
};
template <class T>
using Patches = PatchesOf<T, true>;
template <class T>
using PatchesAlongOuter = PatchesOf<T, false>;

/// Weights [outputs, filter, filter, inputs] as the backward pass to the data needs them, at every `apart`th tap from
/// (first_row, first_column) on. outer: input; depth: tap and output.
template <class T>
class WeightsAlongInputs {
 public:
  static constexpr bool along_depth = false;
  using Element = T;
  using Place = Located<T>;  ///< an input's weight in the first row
  using Step = unsigned;     ///< a row of inputs, `outside` if there is none

  WeightsAlongInputs(const T* data, unsigned outputs, unsigned filter, unsigned inputs, const Taps& taps,
                     unsigned first_row, unsigned first_column, unsigned apart)
      : run{run_of(data, inputs)},
        data_{data},
        filter_{filter},
        inputs_{inputs},
        depth_{taps.rows * taps.columns * outputs},
        first_row_{first_row},
        first_column_{first_column},
        apart_{apart},
        by_outputs_{std::max(outputs, 1U)},
        by_tap_columns_{std::max(taps.columns, 1U)} {}

  [[nodiscard]] __device__ Place place(unsigned input) const { return {data_ + input, input < inputs_}; }
  [[nodiscard]] __device__ Step step(unsigned depth) const {
    if (depth >= depth_) return outside;
    const Divisor::Result tap = by_outputs_.divide(depth);
    const Divisor::Result row = by_tap_columns_.divide(tap.quotient);
    const unsigned filter_row = tap.remainder * filter_ + row.quotient * apart_ + first_row_;
    return filter_row * filter_ + row.remainder * apart_ + first_column_;
  }
  [[nodiscard]] __device__ Located<T> at(Place input, Step row) const {
    return {input.data + std::size_t{row} * inputs_, input.there && row != outside};
  }

  unsigned run;

 private:
  static constexpr unsigned outside = ~0U;

  const T* data_;
  unsigned filter_, inputs_, depth_, first_row_, first_column_, apart_;
  Divisor by_outputs_, by_tap_columns_;
};

}  // namespace lanemark::gemm
