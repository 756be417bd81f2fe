// SPDX-License-Identifier: MIT

#pragma once

#include <ostream>

#include "kernels/core/array.hpp"
#include "kernels/core/precision.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {

/// What layers compute on, and how.
struct Arithmetic {
  const char* name;
  DType dtype;
  Precision precision;
  double tolerance;  ///< of many elements together, by norm
  bool tf32 = precision == Precision::tf32;
  friend std::ostream& operator<<(std::ostream& out, const Arithmetic& arithmetic) { return out << arithmetic.name; }
};

inline constexpr Arithmetic all_arithmetic[] = {{"float", DType::float32, Precision::fp32, single_precision},
                                                {"tf32", DType::float32, Precision::tf32, 1e-3},
                                                {"bfloat16", DType::bfloat16, Precision::bf16, 1e-2}};

/// As an array of that type holds them.
inline std::vector<float> rounded(std::vector<float> values, DType dtype) {
  if (dtype == DType::bfloat16) {
    for (float& value : values) value = static_cast<float>(BFloat16{value});
  }
  return values;
}

/// Owns an array of either type that begins `offset` elements after an aligned address, all bytes 0xff at first.
class TypedBuffer {
 public:
  TypedBuffer(StreamRef stream, DType dtype, std::size_t size, std::size_t offset = 0)
      : stream_{stream},
        memory_{stream.device(), Bytes{(size + offset) * size_of(dtype).value}},
        array_{dtype, memory_.data() + offset * size_of(dtype).value, size} {
    stream.fill(memory_.data(), std::byte{0xff}, memory_.size());
  }
  TypedBuffer(StreamRef stream, DType dtype, const std::vector<float>& values, std::size_t offset = 0)
      : TypedBuffer{stream, dtype, values.size(), offset} {
    if (dtype == DType::float32) {
      upload(stream, std::span<const float>{values}, DeviceSpan<float>{array_.as<float>(), values.size()});
      return;
    }
    const std::vector<BFloat16> narrow(values.begin(), values.end());
    upload(stream, std::span<const BFloat16>{narrow}, DeviceSpan<BFloat16>{array_.as<BFloat16>(), values.size()});
  }

  [[nodiscard]] Array span() const { return array_; }
  [[nodiscard]] std::vector<float> get() const {
    if (array_.dtype() == DType::float32) {
      return download(stream_, DeviceSpan<float>{array_.as<float>(), array_.size()});
    }
    const auto narrow = download(stream_, DeviceSpan<BFloat16>{array_.as<BFloat16>(), array_.size()});
    std::vector<float> values;
    for (const BFloat16 value : narrow) values.push_back(static_cast<float>(value));
    return values;
  }

 private:
  StreamRef stream_;
  Memory memory_;
  Array array_;
};

/// `expected` with 0 where the mask is not positive.
inline std::vector<double> masked(std::vector<double> expected, const std::vector<float>& mask) {
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (!(mask[i] > 0)) expected[i] = 0;
  }
  return expected;
}

/// Random numbers of which a third are zeros, of both signs: a ReLU's output, and what must not pass for one.
inline std::vector<float> mask_values(Random& random, std::size_t size) {
  std::vector<float> values = random.floats(size);
  for (std::size_t i = 0; i < size; i += 3) values[i] = i % 2 == 0 ? 0.0F : -0.0F;
  return values;
}

}  // namespace lanemark::test
