// SPDX-License-Identifier: MIT

#include "kernels/host/rows.hpp"

#include <algorithm>

namespace lanemark {

void set_rows(float* values, std::size_t rows, std::size_t columns, const float* row) {
  for (std::size_t r = 0; r < rows; ++r) std::copy_n(row, columns, values + r * columns);
}

void clamp_negative(float* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) values[i] = values[i] < 0 ? 0 : values[i];
}

void sum_rows(const float* values, std::size_t rows, std::size_t columns, float* sums) {
  std::fill_n(sums, columns, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) add_scaled(sums, 1, values + r * columns, columns);
}

void transpose(const float* from, std::size_t rows, std::size_t columns, float* to) {
  constexpr std::size_t tile = 16;  // a cache line of floats, so that neither side is read line by line for one
  for (std::size_t r0 = 0; r0 < rows; r0 += tile) {
    for (std::size_t c0 = 0; c0 < columns; c0 += tile) {
      for (std::size_t r = r0; r < std::min(r0 + tile, rows); ++r) {
        for (std::size_t c = c0; c < std::min(c0 + tile, columns); ++c) to[c * rows + r] = from[r * columns + c];
      }
    }
  }
}

}  // namespace lanemark
