// SPDX-License-Identifier: MIT

#pragma once

#include <vector>

#include "kernels/core/array.hpp"

// The CPU computes in float whatever the arrays hold: bfloat16 is widened into scratch memory before, and rounded once
// afterwards.

namespace lanemark {

/// Memory of the calling thread that is kept from one use to the next: a training step that has run once does not
/// allocate.
class Scratch {
 public:
  explicit Scratch(std::size_t size);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scratch(Scratch&&) = delete;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  [[nodiscard]] float* data() { return floats_.data(); }

 private:
  std::vector<float> floats_;
};

/// An array's elements as floats: its own memory, or a copy.
class FloatsOf {
 public:
  explicit FloatsOf(const ConstArray& array);
  [[nodiscard]] const float* data() const { return data_; }

 private:
  Scratch copy_;
  const float* data_;
};

/// Where floats are written that end up in an array, with `store` if not at once.
class FloatsTo {
 public:
  explicit FloatsTo(const Array& array);
  [[nodiscard]] float* data() const { return data_; }
  void store() const;

 private:
  Array array_;
  Scratch copy_;
  float* data_;
};

/// values[i] = 0 where mask[i] is not positive; all stay where there is no mask.
void apply_mask(float* values, const ConstArray& mask);

}  // namespace lanemark
