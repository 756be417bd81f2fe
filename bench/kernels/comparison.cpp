// SPDX-License-Identifier: MIT

#include "bench/kernels/comparison.hpp"

#include <fmt/format.h>

namespace lanemark {

void Mistakes::add(std::size_t index, double found, double right) {
  if (count_ == 0 || index < first_) {
    first_ = index;
    found_ = found;
    right_ = right;
  }
  ++count_;
}

void Mistakes::add(const Mistakes& others) {
  if (others.count_ == 0) return;
  const std::size_t both = count_ + others.count_;
  if (count_ == 0 || others.first_ < first_) *this = others;
  count_ = both;
}

std::string Mistakes::text(std::size_t outputs) const {
  if (count_ == 0) return {};
  return fmt::format("{} of {} outputs are wrong, the first at {}: {:g} instead of {:g}", count_, outputs, first_,
                     found_, right_);
}

}  // namespace lanemark
