// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

#include "kernels/core/array.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// y[rows, columns] += bias[columns], then max(0, y) if `relu`. On a GPU's stream.
void add_bias(StreamRef stream, std::size_t rows, std::size_t columns, const float* bias, const Array& y, bool relu);

/// sums[columns] = column sums of values[rows, columns], a bias gradient. On a GPU's stream; adds in an order that
/// depends on the shape, the type and the alignment alone.
void column_sums(StreamRef stream, std::size_t rows, std::size_t columns, const ConstArray& values, float* sums);

}  // namespace lanemark
