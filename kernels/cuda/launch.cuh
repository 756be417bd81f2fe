// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <source_location>
#include <utility>

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_guard.hpp"
#include "kernels/cuda/stream.hpp"

namespace lanemark {

constexpr unsigned threads_per_block = 256;

/// Blocks for `items` independent pieces of work, one per thread; never none, and so few that a kernel must stride
/// over the grid.
inline unsigned blocks_for(std::size_t items, unsigned items_per_block = threads_per_block) {
  constexpr std::size_t at_most = 1U << 16U;
  const std::size_t blocks = items / items_per_block + (items % items_per_block != 0 ? 1 : 0);
  return static_cast<unsigned>(blocks == 0 ? 1 : (blocks < at_most ? blocks : at_most));
}

/// Where and how wide a kernel runs; called with the kernel and its arguments it launches it.
class Launch {
 public:
  Launch(StreamRef stream, dim3 grid, unsigned block = threads_per_block, unsigned shared_bytes = 0,
         const std::source_location& where = std::source_location::current())
      : stream_{stream}, grid_{grid}, block_{block}, shared_bytes_{shared_bytes}, where_{where} {}

  template <class... Parameters, class... Arguments>
  void operator()(void (*kernel)(Parameters...), const Arguments&... arguments) const {
    const DeviceGuard guard{stream_.device().ordinal};
    if (shared_bytes_ > unasked_shared_bytes) {
      check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes_)),
            where_);
    }
    kernel<<<grid_, block_, shared_bytes_, native_stream(stream_)>>>(arguments...);
    check_launch(where_);
  }

 private:
  static constexpr unsigned unasked_shared_bytes = 48 << 10U;  ///< what every kernel may have

  StreamRef stream_;
  dim3 grid_;
  unsigned block_;
  unsigned shared_bytes_;
  std::source_location where_;
};

/// First item of the calling thread and the step to its next one, for loops over any number of items.
__device__ inline std::size_t first_item() { return std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ inline std::size_t item_step() { return std::size_t{gridDim.x} * blockDim.x; }

}  // namespace lanemark
