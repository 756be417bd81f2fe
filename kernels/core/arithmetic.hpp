// SPDX-License-Identifier: MIT

#pragma once

#include <concepts>
#include <type_traits>

#include "kernels/core/float8.hpp"
#include "kernels/core/half.hpp"

namespace lanemark {

/// Floats narrower than float, which are added, multiplied and compared as float.
template <class T>
concept SmallFloat =
    std::same_as<T, Half> || std::same_as<T, BFloat16> || std::same_as<T, Float8E4M3> || std::same_as<T, Float8E5M2>;

/// Types in which elements of T are combined: integers unsigned for sums and products, so that they wrap, and no
/// narrower than int, whose promotion would be signed again.
template <class T>
struct Arithmetic {
  using Ordered = T;
  using Wrapping = T;
};
template <std::integral T>
struct Arithmetic<T> {
  using Ordered = T;
  using Wrapping = std::make_unsigned_t<std::common_type_t<T, int>>;
};
template <SmallFloat T>
struct Arithmetic<T> {
  using Ordered = float;
  using Wrapping = float;
};

}  // namespace lanemark
