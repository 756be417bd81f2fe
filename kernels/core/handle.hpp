// SPDX-License-Identifier: MIT

#pragma once

#include <memory>
#include <type_traits>

namespace lanemark {

template <auto Destroy>
struct Destroyer {
  void operator()(auto* raw) const noexcept { static_cast<void>(Destroy(raw)); }
};

/// Owns a C library's opaque pointer and gives it back on destruction, e.g.
/// `Handle<cudaStream_t, cudaStreamDestroy>`.
template <class Raw, auto Destroy>
using Handle = std::unique_ptr<std::remove_pointer_t<Raw>, Destroyer<Destroy>>;

}  // namespace lanemark
