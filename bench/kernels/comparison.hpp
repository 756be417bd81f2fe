// SPDX-License-Identifier: MIT

#pragma once

#include <cmath>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "bench/machine/ranges.hpp"
#include "kernels/core/rounding.hpp"

namespace lanemark {

/// How far an output may lie from what is right: both together.
struct Allowed {
  double relative = 0;  ///< to the right value
  double absolute = 0;
};

/// Outputs that are wrong, to be added up over threads.
class Mistakes {
 public:
  void add(std::size_t index, double found, double right);
  void add(const Mistakes& others);
  /// "3 of 100 outputs are wrong, the first at 7: 1 instead of 2"; empty if none is.
  [[nodiscard]] std::string text(std::size_t outputs) const;

 private:
  std::size_t count_ = 0;
  std::size_t first_ = 0;
  double found_ = 0;
  double right_ = 0;
};

/// What an output must be, and how far it may lie from it.
struct Bounded {
  double right;
  double allowed;
};

/// Compares every output with what `expected(index)` says, a Bounded. A description of what is wrong, or nothing.
template <class Expected>
std::string compare(const std::vector<float>& outputs, Expected&& expected) {
  Mistakes all;
  std::mutex mutex;
  for_ranges(outputs.size(), [&](std::size_t first, std::size_t last) {
    Mistakes mine;
    for (std::size_t i = first; i < last; ++i) {
      const Bounded wanted = expected(i);
      const double error = std::abs(double{outputs[i]} - wanted.right);
      // NaN is wrong, so the question is not whether the error is larger.
      if (!(error <= wanted.allowed)) mine.add(i, outputs[i], wanted.right);
    }
    const std::lock_guard lock{mutex};
    all.add(mine);
  });
  return all.text(outputs.size());
}

/// The same bounds for all.
template <class Expected>
std::string compare(const std::vector<float>& outputs, Allowed allowed, Expected&& expected) {
  return compare(outputs, [&](std::size_t i) {
    const double right = expected(i);
    return Bounded{.right = right, .allowed = allowed.absolute + allowed.relative * std::abs(right)};
  });
}

}  // namespace lanemark
