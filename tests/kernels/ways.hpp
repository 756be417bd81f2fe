// SPDX-License-Identifier: MIT

#pragma once

#include <ostream>
#include <vector>

#include "tests/kernels/typed.hpp"

namespace lanemark::test {

/// How an operation is run on given data: by whose code, in which arithmetic, and how many elements after an aligned
/// address all arrays begin. The right result is the same for all ways but for the rounding they are allowed.
struct Way {
  Compute compute;
  Arithmetic arithmetic;
  std::size_t offset;
  friend std::ostream& operator<<(std::ostream& out, const Way& way) {
    return out << name(way.compute) << " " << way.arithmetic << ", offset " << way.offset;
  }
};

/// All ways that there are on this kind of device for arrays of this type.
template <class Arguments>
std::vector<Way> ways(const Operation<Arguments>& operation, DeviceKind kind, DType dtype) {
  std::vector<Way> all;
  for (const Compute compute : {Compute::hand, Compute::library}) {
    if (!operation.has(kind, compute)) continue;
    for (const Arithmetic& arithmetic : all_arithmetic) {
      if (arithmetic.dtype != dtype) continue;
      for (const std::size_t offset : {0U, 1U}) all.push_back({compute, arithmetic, offset});
    }
  }
  return all;
}

/// An input, and an output all of whose bytes are 0xff at first, where this way has them.
inline TypedBuffer place(StreamRef stream, const Way& way, const std::vector<float>& values) {
  return {stream, way.arithmetic.dtype, values, way.offset};
}
inline TypedBuffer place(StreamRef stream, const Way& way, std::size_t size) {
  return {stream, way.arithmetic.dtype, size, way.offset};
}

/// Float in every arithmetic, as gradients of parameters are.
class FloatResult {
 public:
  FloatResult(StreamRef stream, const Way& way, std::size_t size) : buffer_{stream, DType::float32, size, way.offset} {}
  [[nodiscard]] DeviceSpan<float> span() const { return {buffer_.span().as<float>(), buffer_.span().size()}; }
  [[nodiscard]] std::vector<float> get() const { return buffer_.get(); }

 private:
  TypedBuffer buffer_;
};

/// How many of the elements that the mask clears are not exactly 0: too few to show in a norm are too many.
inline std::size_t count_not_cleared(const std::vector<float>& values, const std::vector<float>& mask) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (!(mask[i] > 0) && values[i] != 0) ++count;
  }
  return count;
}

}  // namespace lanemark::test
