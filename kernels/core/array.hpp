// SPDX-License-Identifier: MIT

#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

#include "kernels/core/dtype.hpp"
#include "kernels/core/half.hpp"
#include "kernels/core/span.hpp"

namespace lanemark {

/// The DType of a C++ type.
template <class T>
constexpr DType dtype_of() {
  for (const DType dtype : all_dtypes) {
    if (dispatch(dtype, []<class U>(std::type_identity<U>) { return std::is_same_v<T, U>; })) return dtype;
  }
  throw "no DType for this type";  // not a constant expression: refused at compile time
}

/// View of `size` elements in device memory, float or BFloat16 as `dtype` says at run time: what a layer computes on.
template <bool is_const>
class BasicArray {
 public:
  using Pointer = std::conditional_t<is_const, const void*, void*>;
  template <class T>
  using Element = std::conditional_t<is_const, const T, T>;

  BasicArray() = default;
  BasicArray(DType dtype, Pointer data, std::size_t size) : dtype_{dtype}, data_{data}, size_{size} {}
  template <class T>
  requires(is_const || !std::is_const_v<T>)
      // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): a typed view passes as an untyped one
      BasicArray(DeviceSpan<T> span)
      : dtype_{dtype_of<std::remove_const_t<T>>()}, data_{span.data()}, size_{span.size()} {}
  template <class Owner>
  requires requires(const Owner& owner) { owner.span(); }
  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): an owner passes as its view
  BasicArray(const Owner& owner) : BasicArray{owner.span()} {}
  template <bool other_is_const>
  requires(is_const && !other_is_const)
      // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): a view turns into a view of const
      BasicArray(const BasicArray<other_is_const>& other)
      : dtype_{other.dtype()}, data_{other.data()}, size_{other.size()} {}

  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] Pointer data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] BasicArray subspan(std::size_t offset, std::size_t count) const {
    assert(offset + count <= size_);
    using Byte = std::conditional_t<is_const, const std::byte, std::byte>;
    return {dtype_, static_cast<Byte*>(data_) + offset * size_of(dtype_).value, count};
  }
  [[nodiscard]] Bytes bytes() const { return Bytes{size_ * size_of(dtype_).value}; }

  /// Its elements; `T` must be what `dtype` says.
  template <class T>
  [[nodiscard]] Element<T>* as() const {
    assert(empty() || dtype_ == dtype_of<T>());
    return static_cast<Element<T>*>(data_);
  }

 private:
  DType dtype_ = DType::float32;
  Pointer data_ = nullptr;
  std::size_t size_ = 0;
};

using Array = BasicArray<false>;
using ConstArray = BasicArray<true>;

[[noreturn]] void throw_not_a_layer_type(DType dtype);

/// Calls `f(std::type_identity<T>{})` for T = float or BFloat16, the element types of a layer. Throws UsageError for
/// others.
template <class F>
decltype(auto) dispatch_layer_type(DType dtype, F&& f) {
  if (dtype == DType::bfloat16) return f(std::type_identity<BFloat16>{});
  if (dtype != DType::float32) throw_not_a_layer_type(dtype);
  return f(std::type_identity<float>{});
}

}  // namespace lanemark
