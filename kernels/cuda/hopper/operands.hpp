// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/hopper/operand.hpp"
#include "kernels/cuda/hopper/tensor_map.hpp"
#include "kernels/operations.hpp"

// The host's side of operand.cuh: an operation's arrays as operands and results of product.cuh. `box` is how many rows
// of 128 bytes one copy fetches: outer indices of an operand along the depth, elements of the depth else.

namespace lanemark::hopper {

/// A dense matrix, [outer, depth] or, along the outer index, [depth, outer].
Operand matrix(Along along, const ConstArray& data, std::size_t outer, std::size_t depth, unsigned box);

/// Weights [outputs, taps, inputs]. Along the depth: outer index output, depth (tap, input). Along the outer index:
/// outer index input, depth (tap, output), the filter turned by 180 degrees.
Operand weights(Along along, const ConstArray& data, const ConvolutionShape& shape, unsigned box);

/// The patches under a convolution's output pixels; `box` of them to a copy.
Operand patches(const ConstArray& images, const ConvolutionShape& shape, unsigned box);
/// Of the gradient at the output, under the input's pixels; stride 1 only.
Operand gradient_patches(const ConstArray& dy, const ConvolutionShape& shape, unsigned box);

/// `pieces` results of [rows, groups, columns] one after another, written in boxes of 128 bytes of columns and `box`
/// rows.
CUtensorMap result(const ConstArray& data, std::size_t columns, std::size_t groups, std::size_t rows,
                   std::size_t pieces, unsigned box);

/// Slices of 128 bytes in `elements` of a type.
std::size_t slices(DType dtype, std::size_t elements);

}  // namespace lanemark::hopper
