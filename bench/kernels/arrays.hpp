// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <vector>

#include "kernels/core/array.hpp"
#include "kernels/core/buffer.hpp"

namespace lanemark {

/// An array that a kernel works on, of one of the layer types.
class KernelArray {
 public:
  /// Uniform random numbers; enqueues.
  static KernelArray random(StreamRef stream, DType dtype, std::size_t size, std::uint64_t seed, float low = -1,
                            float high = 1);
  /// All bytes 0xff, which is NaN: an element that nobody writes shows.
  static KernelArray poisoned(StreamRef stream, DType dtype, std::size_t size);

  [[nodiscard]] Array span() const { return array_; }
  [[nodiscard]] DeviceSpan<float> floats() const { return {array_.as<float>(), array_.size()}; }
  void poison() const;
  /// Random again, as first.
  void refill() const;
  /// All elements, on the host. Waits.
  [[nodiscard]] std::vector<float> download() const;

 private:
  KernelArray(StreamRef stream, DType dtype, std::size_t size);

  StreamRef stream_;
  Memory memory_;
  Array array_;
  std::uint64_t seed_ = 0;
  float low_ = 0;
  float high_ = 0;
};

}  // namespace lanemark
