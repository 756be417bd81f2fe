#pragma once

#include "kernels/cuda/gemm_sources.cuh"

// The convolution's operands, gathered while the product runs: nothing is copied out beforehand. `Patches` and
// `PatchesAlongOuter` are the same matrix [output pixels, taps · channels], whose row is the patch under a pixel, tap
// by tap, with zeros outside the image, read in one direction or the other. `GradientPatches` is [input pixels, taps ·
// channels]: what each tap let the input's pixel contribute to.

namespace lanemark::gemm {

/// Images as the taps of a filter reach them from another grid of pixels.
template <class T>
struct Images {
  const T* data;
  unsigned pixels, height, width;      ///< of the other grid; `pixels` over all images
  unsigned image_height, image_width;  ///< of the images themselves
  unsigned channels, filter, padding, stride;
  bool vectors;  ///< four channels can be read at once
};

/// A pixel of the other grid.
struct Pixel {
  unsigned number, image, row, column;

  Pixel() = default;
  template <class T>
  __device__ Pixel(const Images<T>& images, unsigned pixel)
      : number{pixel},
        image{pixel / images.width / images.height},
        row{pixel / images.width % images.height},
        column{pixel % images.width} {}
};

/// From an output's pixel to the input: where the channels at `tap` begin, or null outside the image.
struct Down {
  template <class T>
  __device__ static const T* at(const Images<T>& images, const Pixel& pixel, unsigned tap) {
    // Left of or above the image wraps round to a large number.
    const unsigned row = pixel.row * images.stride + tap / images.filter - images.padding;
    const unsigned column = pixel.column * images.stride + tap % images.filter - images.padding;
    if (row >= images.image_height || column >= images.image_width) return nullptr;
    const std::size_t place = (std::size_t{pixel.image} * images.image_height + row) * images.image_width + column;
    return images.data + place * images.channels;
  }
};

/// From an input's pixel to the output that it reached by `tap`.
struct Up {
  template <class T>
  __device__ static const T* at(const Images<T>& images, const Pixel& pixel, unsigned tap) {
    const unsigned row = pixel.row + images.padding - tap / images.filter;
    const unsigned column = pixel.column + images.padding - tap % images.filter;
    if (row % images.stride != 0 || column % images.stride != 0) return nullptr;
    if (row / images.stride >= images.image_height || column / images.stride >= images.image_width) return nullptr;
    const std::size_t place =
        (std::size_t{pixel.image} * images.image_height + row / images.stride) * images.image_width +
        column / images.stride;
    return images.data + place * images.channels;
  }
};

__device__ inline float4 zeros() { return make_float4(0, 0, 0, 0); }

/// Four neighbours along taps and channels, from `at` on; those from `end` on are zeros.
template <class Direction, class T>
__device__ float4 load_four_of_patch(const Images<T>& images, const Pixel& pixel, unsigned at, unsigned end) {
  const unsigned tap = at / images.channels;
  const unsigned channel = at - tap * images.channels;
  if (images.vectors) {  // a group of four begins at a multiple of four, so it is within one tap and before `end`
    const T* const channels = Direction::at(images, pixel, tap);
    return channels == nullptr ? zeros() : load_whole(channels + channel);
  }
  float four[4];
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned tap_of_i = (at + i) / images.channels;
    const T* const channels = at + i < end ? Direction::at(images, pixel, tap_of_i) : nullptr;
    four[i] = channels == nullptr ? 0 : to_float(channels[at + i - tap_of_i * images.channels]);
  }
  return make_float4(four[0], four[1], four[2], four[3]);
}

/// outer: pixel; depth: tap and channel.
template <class T, class Direction>
class PatchesInDirection {
 public:
  static constexpr bool along_depth = true;
  using Place = Pixel;

  explicit PatchesInDirection(const Images<T>& images) : images_{images} {}

  [[nodiscard]] __device__ Place place(unsigned pixel) const { return {images_, pixel}; }
  [[nodiscard]] __device__ float4 load(const Place& pixel, unsigned at, unsigned end) const {
    if (pixel.number >= images_.pixels || at >= end) return zeros();
    return load_four_of_patch<Direction>(images_, pixel, at, end);
  }

 private:
  Images<T> images_;
};
template <class T>
using Patches = PatchesInDirection<T, Down>;
template <class T>
using GradientPatches = PatchesInDirection<T, Up>;

/// outer: tap and channel; depth: pixel.
template <class T>
class PatchesAlongOuter {
 public:
  static constexpr bool along_depth = false;
  using Place = unsigned;

  explicit PatchesAlongOuter(const Images<T>& images)
      : images_{images}, outer_{images.filter * images.filter * images.channels} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const { return outer; }
  [[nodiscard]] __device__ float4 load(Place outer, unsigned at, unsigned end) const {
    if (outer >= outer_ || at >= end) return zeros();
    return load_four_of_patch<Down>(images_, Pixel{images_, at}, outer, outer_);
  }

 private:
  Images<T> images_;
  unsigned outer_;
};

/// Weights [outputs, taps, inputs] as the backward pass to the data needs them. outer: input; depth: tap and output.
template <class T>
class WeightsAlongInputs {
 public:
  static constexpr bool along_depth = false;
  struct Place {
    const T* column;
    unsigned valid;
  };

  WeightsAlongInputs(const T* data, unsigned outputs, unsigned taps, unsigned inputs)
      : data_{data}, outputs_{outputs}, taps_{taps}, inputs_{inputs}, vectors_{is_aligned(data, inputs)} {}

  [[nodiscard]] __device__ Place place(unsigned input) const {
    return input < inputs_ ? Place{data_ + input, inputs_ - input} : Place{data_, 0};
  }
  [[nodiscard]] __device__ float4 load(const Place& place, unsigned at, unsigned end) const {
    if (at >= end) return zeros();
    const unsigned tap = at / outputs_;
    const unsigned output = at - tap * outputs_;
    const std::size_t row = std::size_t{output} * taps_ + tap;
    return load_four(place.column + row * inputs_, place.valid, vectors_);
  }

 private:
  const T* data_;
  unsigned outputs_, taps_, inputs_;
  bool vectors_;
};

}  // namespace lanemark::gemm
