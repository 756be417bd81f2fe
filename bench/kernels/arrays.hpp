#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/core/array.hpp"
#include "kernels/core/buffer.hpp"
#include "kernels/core/precision.hpp"

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

/// Compares some outputs, the first and the last among them, with what `expected(index)` says, by relative norm. A
/// description of what is wrong, or nothing.
std::string compare_samples(const std::vector<float>& outputs, std::uint64_t seed, double tolerance,
                            const std::function<double(std::size_t)>& expected);

/// Relative error that a sum of products may have.
double tolerance_of(Precision precision);

}  // namespace lanemark
