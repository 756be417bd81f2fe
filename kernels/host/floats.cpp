// SPDX-License-Identifier: MIT

#include "kernels/host/floats.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lanemark {
namespace {

/// The calling thread's that are not in use.
std::vector<std::vector<float>>& kept() {
  thread_local std::vector<std::vector<float>> all;
  return all;
}

std::vector<float> take(std::size_t size) {
  if (size == 0) return {};
  // The smallest that is large enough: one larger may be asked for next.
  const auto best = std::ranges::min_element(kept(), {}, [size](const std::vector<float>& floats) {
    return floats.size() < size ? std::numeric_limits<std::size_t>::max() : floats.size();
  });
  if (best == kept().end() || best->size() < size) return std::vector<float>(size);
  std::vector<float> taken = std::move(*best);
  kept().erase(best);
  return taken;
}

bool is_float(const ConstArray& array) { return array.dtype() == DType::float32; }

}  // namespace

Scratch::Scratch(std::size_t size) : floats_{take(size)} {}

Scratch::~Scratch() {
  if (!floats_.empty()) kept().push_back(std::move(floats_));
}

FloatsOf::FloatsOf(const ConstArray& array)
    : copy_{is_float(array) ? 0 : array.size()}, data_{is_float(array) ? array.as<float>() : copy_.data()} {
  if (is_float(array)) return;
  const auto* const from = array.as<BFloat16>();
  std::transform(from, from + array.size(), copy_.data(), [](BFloat16 value) { return static_cast<float>(value); });
}

FloatsTo::FloatsTo(const Array& array)
    : array_{array},
      copy_{is_float(array) ? 0 : array.size()},
      data_{is_float(array) ? array.as<float>() : copy_.data()} {}

void FloatsTo::store() const {
  if (is_float(array_)) return;
  std::transform(data_, data_ + array_.size(), array_.as<BFloat16>(), [](float value) { return BFloat16{value}; });
}

void apply_mask(float* values, const ConstArray& mask) {
  if (mask.empty()) return;
  dispatch_layer_type(mask.dtype(), [&]<class T>(std::type_identity<T>) {
    const auto* const of_mask = mask.as<T>();
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (!(static_cast<float>(of_mask[i]) > 0)) values[i] = 0;
    }
  });
}

}  // namespace lanemark
