// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

#include "bench/measurement/measurement.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// What to make of an operation that moves no bytes: it is right where the `size` bytes from `memory` on, which were
/// filled with 0xff before, still are. Waits for `stream`; takes no memory.
Verdict untouched(StreamRef stream, const std::byte* memory, Bytes size);

}  // namespace lanemark
