// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <atomic>

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_guard.hpp"
#include "kernels/cuda/hopper/kernel.cuh"
#include "kernels/cuda/stream.hpp"

namespace lanemark::hopper {

/// Lets the kernel have its shared memory, once for each GPU.
template <class Shape>
void allow_shared_memory(int ordinal) {
  constexpr std::size_t most_gpus = 64;
  static std::array<std::atomic<bool>, most_gpus> allowed{};
  std::atomic<bool>& done = allowed.at(static_cast<std::size_t>(ordinal));
  if (done.load(std::memory_order_relaxed)) return;
  check(cudaFuncSetAttribute(multiply<Shape>, cudaFuncAttributeMaxDynamicSharedMemorySize, Shape::shared_bytes));
  done.store(true, std::memory_order_relaxed);
}

/// Enqueues the kernel on `blocks` multiprocessors. It may begin to set itself up while the one before it ends.
template <class Shape>
void launch(StreamRef stream, const Product& product, unsigned blocks) {
  const DeviceGuard guard{stream.device().ordinal};
  allow_shared_memory<Shape>(stream.device().ordinal);
  std::array<cudaLaunchAttribute, 2> attributes{};
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = Shape::tile.blocks();
  attributes[0].val.clusterDim.y = 1;
  attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[1].val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3{blocks};
  config.blockDim = dim3{Shape::threads};
  config.dynamicSmemBytes = Shape::shared_bytes;
  config.stream = native_stream(stream);
  config.attrs = attributes.data();
  config.numAttrs = static_cast<unsigned>(attributes.size());
  check(cudaLaunchKernelEx(&config, multiply<Shape>, product));
}

}  // namespace lanemark::hopper
