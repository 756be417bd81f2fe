// SPDX-License-Identifier: MIT

#include "bench/kernels/arrays.hpp"

#include <algorithm>

#include "kernels/operations.hpp"

namespace lanemark {

KernelArray::KernelArray(StreamRef stream, DType dtype, std::size_t size)
    : stream_{stream},
      memory_{stream.device(), Bytes{size * size_of(dtype).value}},
      array_{dtype, memory_.data(), size} {}

KernelArray KernelArray::random(StreamRef stream, DType dtype, std::size_t size, std::uint64_t seed, float low,
                                float high) {
  KernelArray made{stream, dtype, size};
  made.seed_ = seed;
  made.low_ = low;
  made.high_ = high;
  made.refill();
  return made;
}

KernelArray KernelArray::poisoned(StreamRef stream, DType dtype, std::size_t size) {
  KernelArray made{stream, dtype, size};
  made.poison();
  return made;
}

void KernelArray::poison() const { stream_.fill(memory_.data(), std::byte{0xff}, memory_.size()); }

void KernelArray::refill() const {
  if (array_.dtype() == DType::float32) {
    fill_uniform(stream_, {.values = floats(), .seed = seed_, .low = low_, .high = high_});
    return;
  }
  // A piece at a time: the floats before rounding are not part of what a case is said to need.
  constexpr std::size_t most = std::size_t{1} << 20U;
  const DeviceBuffer<float> wide{stream_.device(), std::min(most, array_.size())};
  for (std::size_t first = 0; first < array_.size(); first += most) {
    const std::size_t count = std::min(most, array_.size() - first);
    const DeviceSpan<float> piece = wide.span().subspan(0, count);
    fill_uniform(stream_, {.values = piece, .seed = seed_, .low = low_, .high = high_, .first = first});
    convert(stream_, {.from = piece, .to = array_.subspan(first, count)});
  }
  stream_.synchronize();
}

std::vector<float> KernelArray::download() const {
  if (array_.dtype() == DType::float32) return lanemark::download(stream_, floats());
  const auto narrow = lanemark::download(stream_, DeviceSpan<BFloat16>{array_.as<BFloat16>(), array_.size()});
  std::vector<float> wide(narrow.size());
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = static_cast<float>(narrow[i]);
  return wide;
}

}  // namespace lanemark
