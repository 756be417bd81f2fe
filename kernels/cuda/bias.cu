// SPDX-License-Identifier: MIT

#include <algorithm>

#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/map.cuh"
#include "kernels/cuda/workspace.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

struct AddBias {
  bool relu;
  __device__ void operator()(float& y, float bias) const {
    const float sum = y + bias;
    y = relu && sum < 0 ? 0 : sum;
  }
};

// Column sums: a block takes `wide` groups of columns that one access covers, and all threads with the same group take
// turns over the rows of a piece.
constexpr unsigned widest = 16;              ///< so many accesses to neighbours fill cache lines
constexpr unsigned narrowest = 2;            ///< fill a sector of one
constexpr std::size_t blocks_wanted = 1056;  ///< eight on each multiprocessor of a large GPU
constexpr unsigned unroll = 4;
constexpr unsigned few_rows = 2 * unroll;  ///< for a thread where there are threads enough

/// Rows [y · piece, (y + 1) · piece) to sums[y][columns], y being blockIdx.y; `wide` is a power of two.
/// flops: rows · columns. bytes: those of the values, and 4 · columns for each piece.
template <class T, unsigned width>
__global__ void __launch_bounds__(threads_per_block)
    sum_columns(std::size_t rows, std::size_t columns, std::size_t piece, unsigned wide, const T* values, float* sums) {
  __shared__ float parts[threads_per_block * width];  // [high][wide · width]
  const unsigned high = threads_per_block / wide;
  const unsigned x = threadIdx.x % wide;
  const unsigned y = threadIdx.x / wide;
  const std::size_t column = (std::size_t{blockIdx.x} * wide + x) * width;
  const std::size_t begin = blockIdx.y * piece;
  const std::size_t end = begin + piece < rows ? begin + piece : rows;
  float sum[width] = {};
  if (column < columns) {
    const In<T> in{values + column};
    const std::size_t groups = columns / width;
    for (std::size_t row = begin + y; row < end; row += unroll * high) {
      float read[unroll][width];
#pragma unroll
      for (unsigned i = 0; i < unroll; ++i) {
        if (row + i * high < end) in.load((row + i * high) * groups, read[i]);
      }
#pragma unroll
      for (unsigned i = 0; i < unroll; ++i) {
        if (row + i * high >= end) break;
#pragma unroll
        for (unsigned j = 0; j < width; ++j) sum[j] += read[i][j];
      }
    }
  }
#pragma unroll
  for (unsigned j = 0; j < width; ++j) parts[threadIdx.x * width + j] = sum[j];
  __syncthreads();
  const unsigned of_row = wide * width;
  for (unsigned i = threadIdx.x; i < of_row; i += threads_per_block) {
    const std::size_t to = std::size_t{blockIdx.x} * of_row + i;
    if (to >= columns) break;
    float total = 0;
#pragma unroll 8
    for (unsigned j = 0; j < high; ++j) total += parts[j * of_row + i];
    sums[blockIdx.y * columns + to] = total;
  }
}

/// The shape of its blocks, and how many of them share the rows.
struct ColumnSums {
  unsigned wide = 1;
  std::size_t pieces = 1;

  /// Of values in memory: whole cache lines of each row, and pieces enough to fill the GPU.
  static ColumnSums of_values(std::size_t rows, std::size_t columns, unsigned lanes) {
    ColumnSums sums;
    const std::size_t groups = (columns + lanes - 1) / lanes;
    while (sums.wide < widest && sums.wide < groups) sums.wide *= 2;
    const std::size_t blocks = (groups + sums.wide - 1) / sums.wide;
    const std::size_t fit = workspace_size.value / (columns * sizeof(float));
    const std::size_t least_rows = std::size_t{unroll} * (threads_per_block / sums.wide);
    sums.pieces = std::max<std::size_t>(1, std::min({blocks_wanted / blocks, rows / least_rows, fit}));
    return sums;
  }
  /// Of the pieces' sums, which lie in the cache: what counts is that no thread waits for many, one after the other.
  static ColumnSums of_pieces(std::size_t pieces) {
    ColumnSums sums{.wide = widest};
    while (sums.wide > narrowest && pieces > std::size_t{few_rows} * (threads_per_block / sums.wide)) sums.wide /= 2;
    return sums;
  }
};

template <class T>
bool whole_groups(std::size_t columns, const T* values) {
  return columns % lanes_of<T> == 0 && In<T>{values}.allows(lanes_of<T>);
}

template <class T>
void sum_pieces(StreamRef stream, std::size_t rows, std::size_t columns, const ColumnSums& shape, const T* values,
                float* sums) {
  const auto launch = [&]<unsigned width>(std::integral_constant<unsigned, width>) {
    const std::size_t of_block = std::size_t{shape.wide} * width;
    const auto blocks = static_cast<unsigned>((columns + of_block - 1) / of_block);
    Launch{stream, dim3{blocks, static_cast<unsigned>(shape.pieces)}}(
        sum_columns<T, width>, rows, columns, (rows + shape.pieces - 1) / shape.pieces, shape.wide, values, sums);
  };
  if (whole_groups(columns, values)) launch(std::integral_constant<unsigned, lanes_of<T>>{});
  else launch(std::integral_constant<unsigned, 1>{});
}

}  // namespace

void add_bias(StreamRef stream, std::size_t rows, std::size_t columns, const float* bias, const Array& y, bool relu) {
  dispatch_layer_type(y.dtype(), [&]<class T>(std::type_identity<T>) {
    map<lanes_of<T>>(stream, rows * columns, AddBias{relu}, InOut<T>{y.as<T>()},
                     EveryRow{bias, static_cast<unsigned>(columns)});
  });
}

void column_sums(StreamRef stream, std::size_t rows, std::size_t columns, const ConstArray& values, float* sums) {
  if (columns == 0) return;
  dispatch_layer_type(values.dtype(), [&]<class T>(std::type_identity<T>) {
    const auto* const data = values.as<T>();
    const auto shape = ColumnSums::of_values(rows, columns, whole_groups(columns, data) ? lanes_of<T> : 1);
    if (shape.pieces == 1) {
      sum_pieces(stream, rows, columns, shape, data, sums);
      return;
    }
    auto* const partial = static_cast<float*>(workspace(stream));
    sum_pieces(stream, rows, columns, shape, data, partial);
    sum_pieces<float>(stream, shape.pieces, columns, ColumnSums::of_pieces(shape.pieces), partial, sums);
  });
}

namespace {

void bias_forward_on_gpu(StreamRef stream, const BiasForward& a) {
  add_bias(stream, a.rows, a.columns, a.bias.data(), a.y, a.relu);
}

const Implements cuda_bias_forward{bias_forward, DeviceKind::cuda, Compute::hand, bias_forward_on_gpu};

}  // namespace
}  // namespace lanemark
