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
constexpr unsigned wide = 16;
constexpr unsigned high = threads_per_block / wide;
constexpr std::size_t blocks_wanted = 1056;   // eight on each multiprocessor of a large GPU
constexpr std::size_t least_rows = 4 * high;  // of a piece
constexpr unsigned unroll = 4;

/// Rows [y · piece, (y + 1) · piece) to sums[y][columns], y being blockIdx.y.
/// flops: rows · columns. bytes: those of the values, and 4 · columns for each piece.
template <class T, unsigned width>
__global__ void __launch_bounds__(threads_per_block)
    sum_columns(std::size_t rows, std::size_t columns, std::size_t piece, const T* values, float* sums) {
  __shared__ float parts[high][wide * width];
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
  for (unsigned j = 0; j < width; ++j) parts[y][x * width + j] = sum[j];
  __syncthreads();
  for (unsigned i = threadIdx.x; i < wide * width; i += threads_per_block) {
    const std::size_t to = std::size_t{blockIdx.x} * wide * width + i;
    if (to >= columns) break;
    float total = 0;
#pragma unroll
    for (unsigned j = 0; j < high; ++j) total += parts[j][i];
    sums[blockIdx.y * columns + to] = total;
  }
}

template <class T>
void sum_pieces(StreamRef stream, std::size_t rows, std::size_t columns, std::size_t pieces, const T* values,
                float* sums) {
  constexpr unsigned lanes = lanes_of<T>;
  const auto launch = [&]<unsigned width>(std::integral_constant<unsigned, width>) {
    const std::size_t blocks = (columns + wide * width - 1) / (wide * width);
    Launch{stream, dim3{static_cast<unsigned>(blocks), static_cast<unsigned>(pieces)}}(
        sum_columns<T, width>, rows, columns, (rows + pieces - 1) / pieces, values, sums);
  };
  if (columns % lanes == 0 && In<T>{values}.allows(lanes)) launch(std::integral_constant<unsigned, lanes>{});
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
  const std::size_t lanes = 16 / size_of(values.dtype()).value;
  const std::size_t groups = (columns + wide * lanes - 1) / (wide * lanes);
  const std::size_t fit = workspace_size.value / (columns * sizeof(float));
  const std::size_t pieces = std::max<std::size_t>(1, std::min({blocks_wanted / groups, rows / least_rows, fit}));
  dispatch_layer_type(values.dtype(), [&]<class T>(std::type_identity<T>) {
    auto* const partial = pieces == 1 ? sums : static_cast<float*>(workspace(stream));
    sum_pieces(stream, rows, columns, pieces, values.as<T>(), partial);
    if (pieces > 1) sum_pieces<float>(stream, pieces, columns, 1, partial, sums);
  });
}

namespace {

void bias_forward_on_gpu(StreamRef stream, const BiasForward& a) {
  add_bias(stream, a.rows, a.columns, a.bias.data(), a.y, a.relu);
}

const Implements cuda_bias_forward{bias_forward, DeviceKind::cuda, Compute::hand, bias_forward_on_gpu};

}  // namespace
}  // namespace lanemark
