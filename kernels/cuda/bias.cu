#include <algorithm>

#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/workspace.hpp"

namespace lanemark {
namespace {

constexpr unsigned width = 32;   // columns of a block: a cache line of each row
constexpr unsigned height = 32;  // rows read at a time
constexpr std::size_t blocks_wanted = 528;
constexpr std::size_t least_rows = 256;  // of a piece

/// flops: 2 · rows · columns. bytes: 8 · rows · columns.
__global__ void __launch_bounds__(threads_per_block)
    add(std::size_t count, std::size_t columns, const float* bias, float* y, bool relu) {
  std::size_t column = first_item() % columns;
  const std::size_t column_step = item_step() % columns;
  for (std::size_t i = first_item(); i < count; i += item_step()) {
    const float sum = y[i] + bias[column];
    y[i] = relu && sum < 0 ? 0 : sum;
    column += column_step;
    if (column >= columns) column -= columns;
  }
}

/// Rows [y · piece, (y + 1) · piece) of `width` columns to sums[y][columns], y being blockIdx.y.
/// flops: rows · columns. bytes: 4 · rows · columns, and 4 · columns for each piece.
__global__ void __launch_bounds__(width* height)
    sum_columns(std::size_t rows, std::size_t columns, std::size_t piece, const float* values, float* sums) {
  __shared__ float parts[height][width + 1];
  const unsigned x = threadIdx.x % width;
  const unsigned y = threadIdx.x / width;
  const std::size_t column = std::size_t{blockIdx.x} * width + x;
  const std::size_t begin = blockIdx.y * piece;
  const std::size_t end = begin + piece < rows ? begin + piece : rows;
  float sum = 0;
  if (column < columns) {
    for (std::size_t row = begin + y; row < end; row += height) sum += values[row * columns + column];
  }
  parts[y][x] = sum;
  for (unsigned half = height / 2; half > 0; half /= 2) {
    __syncthreads();
    if (y < half) parts[y][x] += parts[y + half][x];
  }
  if (y == 0 && column < columns) sums[blockIdx.y * columns + column] = parts[0][x];
}

void sum_pieces(StreamRef stream, std::size_t rows, std::size_t columns, std::size_t pieces, const float* values,
                float* sums) {
  const auto blocks = static_cast<unsigned>((columns + width - 1) / width);
  const std::size_t piece = (rows + pieces - 1) / pieces;
  Launch{stream, dim3{blocks, static_cast<unsigned>(pieces)}, width * height}(sum_columns, rows, columns, piece, values,
                                                                              sums);
}

}  // namespace

void add_bias(StreamRef stream, std::size_t rows, std::size_t columns, const float* bias, float* y, bool relu) {
  const std::size_t count = rows * columns;
  if (count == 0) return;
  Launch{stream, blocks_for(count)}(add, count, columns, bias, y, relu);
}

void column_sums(StreamRef stream, std::size_t rows, std::size_t columns, const float* values, float* sums) {
  if (columns == 0) return;
  const std::size_t groups = (columns + width - 1) / width;
  const std::size_t pieces = std::max<std::size_t>(1, std::min(blocks_wanted / groups, rows / least_rows));
  if (pieces == 1) {
    sum_pieces(stream, rows, columns, 1, values, sums);
    return;
  }
  auto* const partial = static_cast<float*>(workspace(stream));  // at most blocks_wanted · width floats
  sum_pieces(stream, rows, columns, pieces, values, partial);
  sum_pieces(stream, pieces, columns, 1, partial, sums);
}

}  // namespace lanemark
