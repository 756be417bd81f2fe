// SPDX-License-Identifier: MIT

#include "kernels/cuda/finish.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/pieces.hpp"

namespace lanemark {
namespace {

/// One thread adds up four neighbours.
__global__ void __launch_bounds__(threads_per_block)
    add(const float* partial, unsigned pieces, std::size_t size, Destination destination) {
  const unsigned fours = (destination.columns + 3) / 4;
  const std::size_t count = size / destination.columns * fours;
  for (std::size_t i = first_item(); i < count; i += item_step()) {
    const std::size_t row = i / fours;
    const auto column = static_cast<unsigned>(i - row * fours) * 4;
    const float* from = partial + row * destination.columns + column;
    float sums[4] = {};
    if (destination.columns % 4 == 0) {
#pragma unroll 4
      for (unsigned piece = 0; piece < pieces; ++piece, from += size) {
        const float4 four = *reinterpret_cast<const float4*>(from);
        sums[0] += four.x;
        sums[1] += four.y;
        sums[2] += four.z;
        sums[3] += four.w;
      }
    } else {
      for (unsigned piece = 0; piece < pieces; ++piece, from += size) {
        for (unsigned j = 0; j < 4; ++j) {
          if (column + j < destination.columns) sums[j] += from[j];
        }
      }
    }
    destination.store(row, column, sums);
  }
}

}  // namespace

void add_pieces(StreamRef stream, const float* partial, unsigned pieces, std::size_t rows, std::size_t columns,
                const Array& to, const Finish& finish) {
  const std::size_t size = rows * columns;
  if (size == 0) return;
  Launch{stream, blocks_for((size + 3) / 4)}(add, partial, pieces, size, Destination{to, columns, finish});
}

}  // namespace lanemark
