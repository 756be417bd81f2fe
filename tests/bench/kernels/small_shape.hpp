// SPDX-License-Identifier: MIT

#pragma once

#include <string>

#include "bench/kernels/kernel.hpp"

namespace lanemark {

/// Of a kernel's family, odd where it may be.
inline std::string small_shape(KernelFamily family) {
  switch (family) {
    case KernelFamily::linear: return "9x24x17";
    case KernelFamily::convolution: return "2x5x6x3x8";
    case KernelFamily::elements: return "5003";
    case KernelFamily::rows: return "13x77";
    case KernelFamily::images: break;
  }
  return "2x4x6x5";
}

}  // namespace lanemark
