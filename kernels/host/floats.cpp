#include "kernels/host/floats.hpp"

#include <algorithm>
#include <utility>

namespace lanemark {
namespace {

/// The calling thread's, most recently used last.
std::vector<std::vector<float>>& kept() {
  thread_local std::vector<std::vector<float>> all;
  return all;
}

std::vector<float> take(std::size_t size) {
  if (size == 0) return {};
  const auto enough =
      std::ranges::find_if(kept(), [size](const std::vector<float>& floats) { return floats.size() >= size; });
  if (enough == kept().end()) return std::vector<float>(size);
  std::vector<float> taken = std::move(*enough);
  kept().erase(enough);
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
