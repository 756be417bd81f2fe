// SPDX-License-Identifier: MIT

#pragma once

#include <cuda.h>

namespace lanemark::hopper {

constexpr unsigned row_bytes = 128;

enum class Along { depth, outer };  ///< the direction in which neighbours in memory lie
enum class Origin { matrix, patches, weights };

struct Source {
  Along along;
  Origin origin;
};

/// What the copies of an operand need to know.
struct Operand {
  CUtensorMap map;
  unsigned width, height;  ///< patches: of the images of pixels that are the outer index, or the depth
  unsigned stride, padding, filter;
  unsigned blocks;  ///< patches, weights: of 128 bytes of channels at each tap
  bool turned;      ///< weights: the filter is turned by 180 degrees
};

}  // namespace lanemark::hopper
