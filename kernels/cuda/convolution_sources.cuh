#pragma once

#include "kernels/cuda/gemm_sources.cuh"

// The convolution's operands, gathered while the product runs: nothing is copied out beforehand. `Patches` and
// `PatchesAlongOuter` are the same matrix [pixels, 9 · channels], whose row is the 3x3 patch around a pixel, tap by
// tap, with zeros outside the image, read in one direction or the other.

namespace lanemark::gemm {

constexpr unsigned taps = 9;

struct Images {
  const float* data;
  unsigned pixels, height, width, channels;
  bool vectors;  ///< four channels can be read at once
};

/// A tap's place relative to the patch's centre.
struct Tap {
  int down, right;

  __device__ explicit Tap(unsigned number)
      : down{static_cast<int>(number / 3) - 1}, right{static_cast<int>(number % 3) - 1} {}
};

/// A pixel by its row and column in its image.
struct Pixel {
  unsigned number, row, column;

  Pixel() = default;
  __device__ Pixel(const Images& images, unsigned pixel)
      : number{pixel}, row{pixel / images.width % images.height}, column{pixel % images.width} {}

  /// Where the channels of the pixel at `tap` begin, or null outside the image.
  [[nodiscard]] __device__ const float* at(const Images& images, const Tap& tap) const {
    // -1 wraps round to a large number.
    if (row + static_cast<unsigned>(tap.down) >= images.height) return nullptr;
    if (column + static_cast<unsigned>(tap.right) >= images.width) return nullptr;
    const long long neighbour =
        static_cast<long long>(number) + static_cast<long long>(tap.down) * images.width + tap.right;
    return images.data + neighbour * images.channels;
  }
};

__device__ inline float4 zeros() { return make_float4(0, 0, 0, 0); }

/// outer: pixel; depth: tap and channel.
class Patches {
 public:
  static constexpr bool along_depth = true;
  using Place = Pixel;

  explicit Patches(const Images& images) : images_{images} {}

  [[nodiscard]] __device__ Place place(unsigned pixel) const { return {images_, pixel}; }
  [[nodiscard]] __device__ float4 load(const Place& pixel, unsigned at, unsigned end) const {
    if (pixel.number >= images_.pixels || at >= end) return zeros();
    if (!images_.vectors) {
      return make_float4(element(pixel, at, end), element(pixel, at + 1, end), element(pixel, at + 2, end),
                         element(pixel, at + 3, end));
    }
    // A group of four begins at a multiple of four, so it is within one tap and, 9 · channels being one, before `end`.
    const unsigned tap = at / images_.channels;
    const float* const channels = pixel.at(images_, Tap{tap});
    if (channels == nullptr) return zeros();
    return *reinterpret_cast<const float4*>(channels + (at - tap * images_.channels));
  }

 private:
  [[nodiscard]] __device__ float element(const Place& pixel, unsigned at, unsigned end) const {
    if (at >= end) return 0;
    const unsigned tap = at / images_.channels;
    const float* const channels = pixel.at(images_, Tap{tap});
    return channels == nullptr ? 0 : channels[at - tap * images_.channels];
  }

  Images images_;
};

/// outer: tap and channel; depth: pixel.
class PatchesAlongOuter {
 public:
  static constexpr bool along_depth = false;
  using Place = unsigned;

  explicit PatchesAlongOuter(const Images& images) : images_{images} {}

  [[nodiscard]] __device__ Place place(unsigned outer) const { return outer; }
  [[nodiscard]] __device__ float4 load(Place outer, unsigned at, unsigned end) const {
    if (outer >= taps * images_.channels || at >= end) return zeros();
    const Pixel pixel{images_, at};
    if (!images_.vectors) {
      return make_float4(element(pixel, outer), element(pixel, outer + 1), element(pixel, outer + 2),
                         element(pixel, outer + 3));
    }
    const unsigned tap = outer / images_.channels;
    const float* const channels = pixel.at(images_, Tap{tap});
    if (channels == nullptr) return zeros();
    return *reinterpret_cast<const float4*>(channels + (outer - tap * images_.channels));
  }

 private:
  [[nodiscard]] __device__ float element(const Pixel& pixel, unsigned outer) const {
    const unsigned tap = outer / images_.channels;
    if (tap >= taps) return 0;
    const float* const channels = pixel.at(images_, Tap{tap});
    return channels == nullptr ? 0 : channels[outer - tap * images_.channels];
  }

  Images images_;
};

/// Weights [outputs, 9, inputs] as the backward pass to the data needs them. outer: input channel; depth: tap, turned
/// by 180 degrees, and output channel.
class TurnedWeights {
 public:
  static constexpr bool along_depth = false;
  struct Place {
    const float* column;
    unsigned valid;
  };

  TurnedWeights(const float* data, unsigned outputs, unsigned inputs)
      : data_{data}, outputs_{outputs}, inputs_{inputs}, vectors_{is_aligned(data, inputs)} {}

  [[nodiscard]] __device__ Place place(unsigned input) const {
    return input < inputs_ ? Place{data_ + input, inputs_ - input} : Place{data_, 0};
  }
  [[nodiscard]] __device__ float4 load(const Place& place, unsigned at, unsigned end) const {
    if (at >= end) return zeros();
    const unsigned tap = at / outputs_;
    const unsigned output = at - tap * outputs_;
    const std::size_t row = std::size_t{output} * taps + (taps - 1 - tap);
    return load_four(place.column + row * inputs_, place.valid, vectors_);
  }

 private:
  const float* data_;
  unsigned outputs_, inputs_;
  bool vectors_;
};

}  // namespace lanemark::gemm
