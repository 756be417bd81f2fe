// SPDX-License-Identifier: MIT

#pragma once

#include <vector>

#include "kernels/core/stream.hpp"

namespace lanemark {

/// Flips every bit of an element of device memory, and waits: an error that any check must find. A float changes its
/// sign and its exponent, so that it ends up further off than any rounding.
inline void corrupt(StreamRef stream, std::byte* element, Bytes size) {
  std::vector<std::byte> bytes(size.value);
  stream.copy(bytes.data(), element, size);
  stream.synchronize();
  for (std::byte& byte : bytes) byte = ~byte;
  stream.copy(element, bytes.data(), size);
  stream.synchronize();
}

}  // namespace lanemark
