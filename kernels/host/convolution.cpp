// The convolution as a matrix product by OpenBLAS: im2col (Chellapilla, Puri, Simard 2006) writes the 3x3 patch under
// each pixel as a row, a block of image rows at a time, so that the patches stay in the cache.

#include <algorithm>
#include <vector>

#include "kernels/host/gemm.hpp"
#include "kernels/host/rows.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

constexpr std::size_t taps = 9;

std::size_t pixels(const ConvolutionShape& shape) { return shape.images * shape.height * shape.width; }

/// One per worker thread, and kept: a training step does not allocate.
float* scratch(std::size_t floats) {
  thread_local std::vector<float> patches;
  if (patches.size() < floats) patches.resize(floats);
  return patches.data();
}

/// Calls f(first pixel, end pixel, scratch for the patches of these pixels) for block after block of image rows.
template <class F>
void for_each_block(const ConvolutionShape& shape, F&& f) {
  constexpr std::size_t block_floats = std::size_t{1} << 18U;  // 1 MiB
  const std::size_t row_floats = shape.width * taps * shape.inputs;
  if (row_floats == 0) return;
  const std::size_t block = std::max<std::size_t>(1, block_floats / row_floats) * shape.width;
  float* const patches = scratch(std::min(block, pixels(shape)) * taps * shape.inputs);
  for (std::size_t first = 0; first < pixels(shape); first += block) {
    f(first, std::min(first + block, pixels(shape)), patches);
  }
}

/// Calls f(patch, pixel) for the 9 places in each pixel's row of patches, `pixel` being the image's place below
/// it, or nothing(patch) where that is outside the image.
template <class F, class Nothing>
void for_each_tap(const ConvolutionShape& shape, std::size_t first, std::size_t end, float* patches, F&& f,
                  Nothing&& nothing) {
  for (std::size_t pixel = first; pixel < end; ++pixel) {
    const std::size_t h = pixel / shape.width % shape.height;
    const std::size_t w = pixel % shape.width;
    for (std::size_t tap = 0; tap < taps; ++tap, patches += shape.inputs) {
      const std::size_t r = tap / 3;
      const std::size_t s = tap % 3;
      // h + r - 1 in [0, height) and w + s - 1 in [0, width), without negative numbers
      const bool inside = h + r >= 1 && h + r <= shape.height && w + s >= 1 && w + s <= shape.width;
      if (inside) f(patches, pixel + r * shape.width + s - shape.width - 1);
      else nothing(patches);
    }
  }
}

void gather_patches(const ConvolutionShape& shape, const float* x, std::size_t first, std::size_t end, float* patches) {
  for_each_tap(
      shape, first, end, patches,
      [&](float* patch, std::size_t pixel) { std::copy_n(x + pixel * shape.inputs, shape.inputs, patch); },
      [&](float* patch) { std::fill_n(patch, shape.inputs, 0.0F); });
}

void scatter_patches(const ConvolutionShape& shape, float* patches, std::size_t first, std::size_t end, float* dx) {
  for_each_tap(
      shape, first, end, patches,
      [&](const float* patch, std::size_t pixel) { add_scaled(dx + pixel * shape.inputs, 1, patch, shape.inputs); },
      [](const float*) {});
}

void forward(StreamRef stream, const ConvolutionForward& arguments) {
  stream.run([a = arguments] {
    set_rows(a.y.data(), pixels(a.shape), a.shape.outputs, a.bias.data());
    for_each_block(a.shape, [&a](std::size_t first, std::size_t end, float* patches) {
      gather_patches(a.shape, a.x.data(), first, end, patches);
      gemm(end - first, a.shape.outputs, taps * a.shape.inputs, {patches}, {a.weight.data(), true}, 1,
           a.y.data() + first * a.shape.outputs);
    });
    if (a.relu) clamp_negative(a.y.data(), pixels(a.shape) * a.shape.outputs);
  });
}

void backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  stream.run([a = arguments] {
    std::fill_n(a.dx.data(), pixels(a.shape) * a.shape.inputs, 0.0F);
    for_each_block(a.shape, [&a](std::size_t first, std::size_t end, float* patches) {
      gemm(end - first, taps * a.shape.inputs, a.shape.outputs, {a.dy.data() + first * a.shape.outputs},
           {a.weight.data()}, 0, patches);
      scatter_patches(a.shape, patches, first, end, a.dx.data());
    });
  });
}

void backward_weight(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  stream.run([a = arguments] {
    std::fill_n(a.dweight.data(), a.shape.outputs * taps * a.shape.inputs, 0.0F);
    for_each_block(a.shape, [&a](std::size_t first, std::size_t end, float* patches) {
      gather_patches(a.shape, a.x.data(), first, end, patches);
      gemm(a.shape.outputs, taps * a.shape.inputs, end - first, {a.dy.data() + first * a.shape.outputs, true},
           {patches}, 1, a.dweight.data());
    });
    sum_rows(a.dy.data(), pixels(a.shape), a.shape.outputs, a.dbias.data());
  });
}

const Implements host_forward{convolution_forward, DeviceKind::host, Compute::library, forward};
const Implements host_backward_data{convolution_backward_data, DeviceKind::host, Compute::library, backward_data};
const Implements host_backward_weight{convolution_backward_weight, DeviceKind::host, Compute::library, backward_weight};

}  // namespace
}  // namespace lanemark
