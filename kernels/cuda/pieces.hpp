// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/core/array.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// What is done to a product's sums before they are stored.
struct Finish {
  const float* bias = nullptr;  ///< [columns], or null
  bool relu = false;
  ConstArray mask = {};  ///< like the result, which becomes 0 where this is not positive; or empty
};

/// to[i] = finish(sum over pieces of partial[piece][i]), in order; matrices of [rows, columns].
/// bytes: 4 · rows · columns · (pieces + 1).
void add_pieces(StreamRef stream, const float* partial, unsigned pieces, std::size_t rows, std::size_t columns,
                const Array& to, const Finish& finish);

}  // namespace lanemark
