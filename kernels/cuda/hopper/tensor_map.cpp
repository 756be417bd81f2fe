// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/tensor_map.hpp"

#include <fmt/format.h>

#include <dlfcn.h>

#include "kernels/core/error.hpp"
#include "kernels/cuda/hopper/operand.hpp"

namespace lanemark::hopper {
namespace {

/// The driver's own functions, which the runtime does not offer; the driver is loaded by the time there is a GPU.
template <class Function>
Function* driver_function(const char* name) {
  static void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  void* const found = driver == nullptr ? nullptr : dlsym(driver, name);
  if (found == nullptr) throw Error(fmt::format("the CUDA driver lacks {}; update it", name));
  return reinterpret_cast<Function*>(found);
}

void check_made(CUresult result) {
  if (result == CUDA_SUCCESS) return;
  throw Error(fmt::format("the CUDA driver refused a tensor map with error {}", static_cast<int>(result)));
}

CUtensorMapDataType type_of(DType dtype) {
  return dispatch_layer_type(dtype, []<class T>(std::type_identity<T>) {
    return std::is_same_v<T, float> ? CU_TENSOR_MAP_DATA_TYPE_FLOAT32 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
  });
}

/// The driver takes them without const, and only stores them.
void* address(const ConstArray& data) { return const_cast<void*>(data.data()); }

template <std::size_t rank>
CUtensorMap tiled(const TensorView<rank>& view) {
  static auto* const encode = driver_function<decltype(cuTensorMapEncodeTiled)>("cuTensorMapEncodeTiled");
  std::array<cuuint64_t, rank> sizes{};
  std::array<cuuint64_t, rank> strides{};
  std::array<cuuint32_t, rank> steps{};
  const std::size_t element = size_of(view.data.dtype()).value;
  for (std::size_t i = 0; i < rank; ++i) {
    sizes[i] = view.sizes[i];
    steps[i] = 1;
    if (i + 1 < rank) strides[i] = view.strides[i] * element;
  }
  CUtensorMap map;
  check_made(encode(&map, type_of(view.data.dtype()), rank, address(view.data), sizes.data(), strides.data(),
                    view.box.data(), steps.data(), CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                    CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE));
  return map;
}

}  // namespace

CUtensorMap tensor_map(const TensorView<2>& view) { return tiled(view); }
CUtensorMap tensor_map(const TensorView<3>& view) { return tiled(view); }
CUtensorMap tensor_map(const TensorView<4>& view) { return tiled(view); }

CUtensorMap tensor_map(const PatchView& view) {
  static auto* const encode = driver_function<decltype(cuTensorMapEncodeIm2col)>("cuTensorMapEncodeIm2col");
  const std::size_t element = size_of(view.data.dtype()).value;
  const std::array<cuuint64_t, 4> sizes{view.channels, view.width, view.height, view.images};
  const std::array<cuuint64_t, 3> strides{view.channels * element, view.width * view.channels * element,
                                          view.height * view.width * view.channels * element};
  // Where base pixels lie: the first tap of the first and of the last patch.
  const int lower = -static_cast<int>(view.padding);
  const int upper = static_cast<int>(view.padding) - static_cast<int>(view.filter - 1);
  const std::array<int, 2> first{lower, lower};
  const std::array<int, 2> last{upper, upper};
  const auto step = static_cast<cuuint32_t>(view.stride);
  const std::array<cuuint32_t, 4> steps{1, step, step, 1};
  CUtensorMap map;
  check_made(encode(&map, type_of(view.data.dtype()), 4, address(view.data), sizes.data(), strides.data(), first.data(),
                    last.data(), row_bytes / static_cast<cuuint32_t>(element), view.pixels, steps.data(),
                    CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                    CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE));
  return map;
}

bool is_reachable(const ConstArray& data, std::size_t row_length) {
  constexpr std::size_t line = 16;
  return reinterpret_cast<std::uintptr_t>(data.data()) % line == 0 &&
         row_length * size_of(data.dtype()).value % line == 0;
}

}  // namespace lanemark::hopper
