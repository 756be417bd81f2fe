// SPDX-License-Identifier: MIT

#pragma once

#include <cuda.h>

#include <array>
#include <cstddef>

#include "kernels/core/array.hpp"

// What TMA needs to know of a tensor. Sizes in elements, innermost first; the innermost is dense. A box's
// innermost size is 128 bytes, swizzled. What lies outside reads as zero and is not written. All throw Error where the
// driver refuses.

namespace lanemark::hopper {

/// Boxes of a tensor of `rank` dimensions. `strides[i]` is that of dimension i + 1.
template <std::size_t rank>
struct TensorView {
  ConstArray data;
  std::array<std::size_t, rank> sizes;
  std::array<std::size_t, rank - 1> strides;
  std::array<unsigned, rank> box;
};

CUtensorMap tensor_map(const TensorView<2>& view);
CUtensorMap tensor_map(const TensorView<3>& view);
CUtensorMap tensor_map(const TensorView<4>& view);

/// Columns of `pixels` patches of images [images, height, width, channels], one channel block of 128 bytes each.
struct PatchView {
  ConstArray data;
  std::size_t images, height, width, channels;
  std::size_t filter, padding, stride;
  unsigned pixels;
};
CUtensorMap tensor_map(const PatchView& view);

/// Whether TMA can reach a tensor: it starts on 16 bytes, and so do all rows of that many elements.
bool is_reachable(const ConstArray& data, std::size_t row_length);

}  // namespace lanemark::hopper
