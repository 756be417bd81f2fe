// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/core/rounding.hpp"

// Whether a matrix product is right, without multiplying the matrices again (Freivalds 1977): if Y = L · R, then
// Y · s = L · (R · s) for any vector s. Columns are taken in blocks, so that one wrong element is not lost among the
// rounding errors of its row: a block's sum, with a random sign for each column, must agree in double precision.

namespace lanemark {

/// Of the product: rows x columns, sums of `depth` products.
struct ProductShape {
  std::size_t rows, columns, depth;
};

/// Columns of a block. As few as the time for checking allows: 1, which compares every element, up to 2^28
/// multiplications (a tenth of a second or two), then more, 128 from 2^35 to 2^37, and beyond that more again.
std::size_t block_width(const ProductShape& shape);

/// Random signs for columns, and their blocks.
class Projection {
 public:
  Projection(std::size_t columns, std::size_t width, std::uint64_t seed);

  [[nodiscard]] std::size_t columns() const { return signs_.size(); }
  [[nodiscard]] std::size_t blocks() const { return (columns() + width_ - 1) / width_; }
  [[nodiscard]] std::size_t block_of(std::size_t column) const { return column / width_; }
  [[nodiscard]] double sign(std::size_t column) const { return signs_[column]; }
  [[nodiscard]] std::size_t begin_of(std::size_t block) const { return block * width_; }
  [[nodiscard]] std::size_t end_of(std::size_t block) const { return std::min(columns(), (block + 1) * width_); }
  /// Of a block of a row.
  [[nodiscard]] double sum(const float* row, std::size_t block) const;

 private:
  std::size_t width_;
  std::vector<double> signs_;
};

/// R · s, and how large R is.
struct Folded {
  std::size_t depth;
  std::vector<double> sums;     ///< blocks x depth
  std::vector<double> squares;  ///< of each block, over all depth
};
/// Where R's rows lie one by one: `row(k)` begins row k.
Folded fold_rows(const Projection& projection, std::size_t depth, const std::function<const float*(std::size_t)>& row);
/// Where R's columns lie one after the other.
Folded fold_columns(const Projection& projection, std::size_t depth, const std::vector<float>& columns);

/// L · (R · s), rows x blocks, and the squared norm of each of L's rows.
struct Predicted {
  std::vector<double> sums;
  std::vector<double> squares;
};

/// Calls `use(values, count, first)` for the runs of values that a row of L has from depth `first`; the rest is 0.
using Runs =
    std::function<void(std::size_t row, const std::function<void(const float*, std::size_t, std::size_t)>& use)>;
Predicted predict(const Projection& projection, const ProductShape& shape, const Folded& right, const Runs& left);

/// Adds a row of its own, a bias, to every row of the product.
void add_to_rows(const Projection& projection, const std::vector<float>& row, Predicted& predicted);

/// Calls `use(depth, tap)` for each row of `right` that position `p` of the sum meets, and the tap of the filter it
/// meets it under.
using Reach = std::function<void(std::size_t p, const std::function<void(std::size_t, std::size_t)>& use)>;
/// For gradients of weights, sums over all positions of products of a position's gradients and inputs: L's rows are
/// `gradients`, positions x outputs, seen from the side. The result has a row for each output and tap.
Predicted predict_gradient(const Projection& projection, const std::vector<float>& gradients, std::size_t outputs,
                           std::size_t taps, const Folded& right, const Reach& reach);

/// Compares each block of each row of `found` with what was predicted. A description of what is wrong, or nothing.
std::string check_product(const Projection& projection, const ProductShape& shape, const Predicted& predicted,
                          const Folded& right, ProductError error, const std::vector<float>& found);

/// Compares a result with the same one before it went through a ReLU or a mask, which a product's check cannot see
/// through: `expected(i, plain[i])` says what becomes of it. The others are as `check_product` has them for `plain`.
std::string check_fused(const Projection& projection, const ProductShape& shape, const Predicted& predicted,
                        const Folded& right, ProductError error, const std::vector<float>& found,
                        const std::vector<float>& plain, const std::function<double(std::size_t, double)>& expected);

/// Compares the sums of the columns of `gradients`.
std::string check_bias_gradient(const std::vector<float>& gradients, const std::vector<float>& found);

}  // namespace lanemark
