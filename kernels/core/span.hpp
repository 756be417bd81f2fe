// SPDX-License-Identifier: MIT

#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

#include "kernels/core/units.hpp"

namespace lanemark {

/// View of `size` elements in device memory. The host may only look at it on the host device.
template <class T>
class DeviceSpan {
 public:
  DeviceSpan() = default;
  DeviceSpan(T* data, std::size_t size) : data_{data}, size_{size} {}
  template <class U>
  requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>)
      // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): a view turns into a view of const
      DeviceSpan(DeviceSpan<U> other)
      : data_{other.data()}, size_{other.size()} {}

  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] Bytes bytes() const { return Bytes{size_ * sizeof(T)}; }
  [[nodiscard]] DeviceSpan subspan(std::size_t offset, std::size_t count) const {
    assert(offset + count <= size_);
    return {data_ + offset, count};
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lanemark
