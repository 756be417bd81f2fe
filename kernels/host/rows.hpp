// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

namespace lanemark {

// What the linear layer and the convolution share: both are a product whose output is rows of features.

/// values[rows, columns]: every row becomes `row`.
void set_rows(float* values, std::size_t rows, std::size_t columns, const float* row);

/// values = max(0, values); NaN stays.
void clamp_negative(float* values, std::size_t count);

/// sums[columns] = sum over the rows of values[rows, columns].
void sum_rows(const float* values, std::size_t rows, std::size_t columns, float* sums);

/// to[columns, rows] = from[rows, columns]ᵀ.
void transpose(const float* from, std::size_t rows, std::size_t columns, float* to);

/// y[0, n) += a · x[0, n): the inner loop of the readable products, which the compiler vectorises.
inline void add_scaled(float* y, float a, const float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] += a * x[i];
}

}  // namespace lanemark
