// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/core/stream.hpp"

namespace lanemark {

/// A GPU's compute capability and size, asked once.
struct Capability {
  int major, minor;
  unsigned multiprocessors;
};
Capability capability(Device gpu);

}  // namespace lanemark
