// SPDX-License-Identifier: MIT

#include "bench/kernels/projection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <mutex>
#include <random>

#include "bench/kernels/comparison.hpp"
#include "bench/machine/ranges.hpp"

namespace lanemark {
namespace {

/// In eight sums side by side, which a compiler turns into vectors.
double dot(const double* a, const double* b, std::size_t count) {
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> sums{};
  const std::size_t whole = count / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  double total = 0;
  for (std::size_t i = whole; i < count; ++i) total += a[i] * b[i];
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

std::size_t block_width(const ProductShape& shape) {
  const std::uint64_t multiplications = std::uint64_t{shape.rows} * shape.columns * shape.depth;
  constexpr std::uint64_t usual = std::uint64_t{1} << 28U;
  constexpr std::uint64_t most = std::uint64_t{1} << 30U;
  constexpr std::uint64_t sharp = 128;
  const std::uint64_t wanted = std::min(sharp, multiplications / usual);
  return std::bit_ceil(std::max({std::uint64_t{1}, wanted, multiplications / most}));
}

Projection::Projection(std::size_t columns, std::size_t width, std::uint64_t seed) : width_{width}, signs_(columns) {
  std::mt19937_64 engine{seed};
  for (double& sign : signs_) sign = engine() % 2 == 0 ? 1 : -1;
}

double Projection::sum(const float* row, std::size_t block) const {
  double total = 0;
  for (std::size_t column = begin_of(block); column < end_of(block); ++column) total += signs_[column] * row[column];
  return total;
}

Folded fold_rows(const Projection& projection, std::size_t depth, const std::function<const float*(std::size_t)>& row) {
  const std::size_t blocks = projection.blocks();
  Folded folded{.depth = depth, .sums = std::vector<double>(blocks * depth), .squares = std::vector<double>(blocks)};
  std::mutex mutex;
  for_ranges(depth, [&](std::size_t first, std::size_t last) {
    std::vector<double> squares(blocks);
    for (std::size_t k = first; k < last; ++k) {
      const float* const values = row(k);
      for (std::size_t block = 0; block < blocks; ++block) {
        folded.sums[block * depth + k] = projection.sum(values, block);
        for (std::size_t i = projection.begin_of(block); i < projection.end_of(block); ++i) {
          squares[block] += double{values[i]} * values[i];
        }
      }
    }
    const std::lock_guard lock{mutex};
    for (std::size_t block = 0; block < blocks; ++block) folded.squares[block] += squares[block];
  });
  return folded;
}

Folded fold_columns(const Projection& projection, std::size_t depth, const std::vector<float>& columns) {
  const std::size_t blocks = projection.blocks();
  Folded folded{.depth = depth, .sums = std::vector<double>(blocks * depth), .squares = std::vector<double>(blocks)};
  for_ranges(blocks, [&](std::size_t first, std::size_t last) {
    for (std::size_t block = first; block < last; ++block) {
      double* const sums = folded.sums.data() + block * depth;
      for (std::size_t column = projection.begin_of(block); column < projection.end_of(block); ++column) {
        const float* const values = columns.data() + column * depth;
        for (std::size_t k = 0; k < depth; ++k) {
          sums[k] += projection.sign(column) * values[k];
          folded.squares[block] += double{values[k]} * values[k];
        }
      }
    }
  });
  return folded;
}

Predicted predict(const Projection& projection, const ProductShape& shape, const Folded& right, const Runs& left) {
  const std::size_t blocks = projection.blocks();
  Predicted predicted{.sums = std::vector<double>(shape.rows * blocks), .squares = std::vector<double>(shape.rows)};
  for_ranges(shape.rows, [&](std::size_t begin, std::size_t end) {
    std::vector<double> wide(shape.depth);
    for (std::size_t row = begin; row < end; ++row) {
      left(row, [&](const float* values, std::size_t count, std::size_t first) {
        std::copy_n(values, count, wide.begin());
        predicted.squares[row] += dot(wide.data(), wide.data(), count);
        for (std::size_t block = 0; block < blocks; ++block) {
          predicted.sums[row * blocks + block] +=
              dot(wide.data(), right.sums.data() + block * right.depth + first, count);
        }
      });
    }
  });
  return predicted;
}

void add_to_rows(const Projection& projection, const std::vector<float>& row, Predicted& predicted) {
  const std::size_t blocks = projection.blocks();
  for (std::size_t block = 0; block < blocks; ++block) {
    const double sum = projection.sum(row.data(), block);
    for (std::size_t i = block; i < predicted.sums.size(); i += blocks) predicted.sums[i] += sum;
  }
}

Predicted predict_gradient(const Projection& projection, const std::vector<float>& gradients, std::size_t outputs,
                           std::size_t taps, const Folded& right, const Reach& reach) {
  const std::size_t blocks = projection.blocks();
  std::vector<double> all(taps * blocks * outputs);
  std::vector<double> squares(outputs);
  std::mutex mutex;
  for_ranges(gradients.size() / outputs, [&](std::size_t begin, std::size_t end) {
    std::vector<double> sums(all.size());
    std::vector<double> mine(outputs);
    for (std::size_t p = begin; p < end; ++p) {
      const float* const row = gradients.data() + p * outputs;
      for (std::size_t o = 0; o < outputs; ++o) mine[o] += double{row[o]} * row[o];
      reach(p, [&](std::size_t k, std::size_t tap) {
        for (std::size_t block = 0; block < blocks; ++block) {
          const double factor = right.sums[block * right.depth + k];
          double* const to = sums.data() + (tap * blocks + block) * outputs;
          for (std::size_t o = 0; o < outputs; ++o) to[o] += factor * row[o];
        }
      });
    }
    const std::lock_guard lock{mutex};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += sums[i];
    for (std::size_t o = 0; o < outputs; ++o) squares[o] += mine[o];
  });
  Predicted predicted{.sums = std::vector<double>(all.size()), .squares = std::vector<double>(outputs * taps)};
  for (std::size_t row = 0; row < outputs * taps; ++row) {
    const std::size_t output = row / taps;
    predicted.squares[row] = squares[output];
    for (std::size_t block = 0; block < blocks; ++block) {
      predicted.sums[row * blocks + block] = all[(row % taps * blocks + block) * outputs + output];
    }
  }
  return predicted;
}

std::string check_product(const Projection& projection, const ProductShape& shape, const Predicted& predicted,
                          const Folded& right, ProductError error, const std::vector<float>& found) {
  Mistakes all;
  double squared_errors = 0;  // relative to the usual size
  std::mutex mutex;
  const std::size_t blocks = projection.blocks();
  for_ranges(shape.rows, [&](std::size_t first, std::size_t last) {
    Mistakes mine;
    double of_mine = 0;
    for (std::size_t row = first; row < last; ++row) {
      const float* const values = found.data() + row * shape.columns;
      for (std::size_t block = 0; block < blocks; ++block) {
        double squares = 0;
        for (std::size_t i = projection.begin_of(block); i < projection.end_of(block); ++i) {
          squares += double{values[i]} * values[i];
        }
        // What sums of so many random products usually are, of all columns of the block together.
        const double usual =
            std::sqrt(predicted.squares[row] * right.squares[block] / static_cast<double>(shape.depth));
        const std::size_t columns = projection.end_of(block) - projection.begin_of(block);
        const double allowed = largest_error(error, shape.depth * columns, std::sqrt(squares), usual);
        const double sum = projection.sum(values, block);
        const double wanted = predicted.sums[row * blocks + block];
        if (!(std::abs(sum - wanted) <= allowed)) mine.add(row * blocks + block, sum, wanted);
        if (usual > 0) of_mine += std::pow((sum - wanted) / usual, 2);
      }
    }
    const std::lock_guard lock{mutex};
    all.add(mine);
    squared_errors += of_mine;
  });
  const std::string text = all.text(shape.rows * blocks);
  const std::size_t results = shape.rows * blocks;
  constexpr std::size_t many = 256;
  const double in_all = std::sqrt(squared_errors / static_cast<double>(results));
  if (text.empty() && results >= many && in_all > error.in_all) {
    return fmt::format(
        "all {} results together are off by {:.2g} of their usual size, where {:.2g} is the most: they "
        "were computed in a coarser precision",
        results, in_all, error.in_all);
  }
  const std::size_t width = (shape.columns + blocks - 1) / blocks;
  return text.empty() || width == 1 ? text : text + fmt::format(" (sums of up to {} outputs of a row)", width);
}

std::string check_fused(const Projection& projection, const ProductShape& shape, const Predicted& predicted,
                        const Folded& right, ProductError error, const std::vector<float>& found,
                        const std::vector<float>& plain, const std::function<double(std::size_t, double)>& expected) {
  return compare(found, [&](std::size_t i) {
    const std::size_t block = projection.block_of(i % shape.columns);
    const std::size_t columns = projection.end_of(block) - projection.begin_of(block);
    const double usual = std::sqrt(predicted.squares[i / shape.columns] * right.squares[block] /
                                   static_cast<double>(shape.depth * columns));
    // Both results have errors of their own: as of four times as many terms.
    const double of_both = largest_error(error, 4 * shape.depth, std::abs(double{plain[i]}), usual);
    return Bounded{.right = expected(i, plain[i]), .allowed = of_both};
  });
}

std::string check_bias_gradient(const std::vector<float>& gradients, const std::vector<float>& found) {
  const std::size_t rows = gradients.size() / found.size();
  std::vector<double> sums(found.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) sums[i % found.size()] += gradients[i];
  // The values are below 1, and so is the usual size of their sum below the root of their number.
  const double error = summing_error(rows) + unit_roundoff(DType::float32);
  const double of_sum = largest_of_errors(rows) * error * std::sqrt(static_cast<double>(rows));
  return compare(found, {error, of_sum}, [&](std::size_t i) { return sums[i]; });
}

}  // namespace lanemark
