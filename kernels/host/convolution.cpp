// SPDX-License-Identifier: MIT

// The convolution as a matrix product by OpenBLAS: im2col (Chellapilla, Puri, Simard 2006) writes the patch under
// each pixel as a row, a block of image rows at a time, so that the patches stay in the cache. Where every patch is one
// pixel and every pixel a patch, the image is that matrix already. Each pass: flops 2 · output pixels · taps · inputs ·
// outputs; bytes at least those of image, weights and output.

#include <algorithm>

#include "kernels/host/floats.hpp"
#include "kernels/host/gemm.hpp"
#include "kernels/host/rows.hpp"
#include "kernels/matrix_arguments.hpp"

namespace lanemark {
namespace {

bool image_is_its_patches(const ConvolutionShape& shape) { return shape.filter == 1 && shape.stride == 1; }

/// Calls f(first pixel, end pixel, scratch for the patches of these output pixels) for block after block of rows.
template <class F>
void for_each_block(const ConvolutionShape& shape, F&& f) {
  constexpr std::size_t block_floats = std::size_t{1} << 18U;  // 1 MiB
  const std::size_t row_floats = shape.output_width() * shape.taps() * shape.inputs;
  if (row_floats == 0) return;
  const std::size_t pixels = shape.output_pixels();
  const std::size_t block = std::max<std::size_t>(1, block_floats / row_floats) * shape.output_width();
  Scratch patches{std::min(block, pixels) * shape.taps() * shape.inputs};
  for (std::size_t first = 0; first < pixels; first += block) {
    f(first, std::min(first + block, pixels), patches.data());
  }
}

/// Calls f(patch, pixel) for all taps in each output pixel's row of patches, `pixel` being the input's place below it,
/// or nothing(patch) where that is outside the image.
template <class F, class Nothing>
void for_each_tap(const ConvolutionShape& shape, std::size_t first, std::size_t end, float* patches, F&& f,
                  Nothing&& nothing) {
  const std::size_t padding = shape.padding();
  for (std::size_t output = first; output < end; ++output) {
    const std::size_t image = output / shape.output_width() / shape.output_height();
    const std::size_t h = output / shape.output_width() % shape.output_height() * shape.stride;
    const std::size_t w = output % shape.output_width() * shape.stride;
    for (std::size_t tap = 0; tap < shape.taps(); ++tap, patches += shape.inputs) {
      const std::size_t row = h + tap / shape.filter;  // padding beyond the input's
      const std::size_t column = w + tap % shape.filter;
      const bool inside =
          row >= padding && row - padding < shape.height && column >= padding && column - padding < shape.width;
      if (inside) f(patches, (image * shape.height + row - padding) * shape.width + column - padding);
      else nothing(patches);
    }
  }
}

/// The patches of output pixels [first, end) as rows: in `patches`, unless they lie in the image as such.
const float* gather_patches(const ConvolutionShape& shape, const float* x, std::size_t first, std::size_t end,
                            float* patches) {
  if (image_is_its_patches(shape)) return x + first * shape.inputs;
  for_each_tap(
      shape, first, end, patches,
      [&](float* patch, std::size_t pixel) { std::copy_n(x + pixel * shape.inputs, shape.inputs, patch); },
      [&](float* patch) { std::fill_n(patch, shape.inputs, 0.0F); });
  return patches;
}

void scatter_patches(const ConvolutionShape& shape, float* patches, std::size_t first, std::size_t end, float* dx) {
  for_each_tap(
      shape, first, end, patches,
      [&](const float* patch, std::size_t pixel) { add_scaled(dx + pixel * shape.inputs, 1, patch, shape.inputs); },
      [](const float*) {});
}

void forward(StreamRef stream, const ConvolutionForward& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf x{a.x};
    const FloatsOf weight{a.weight};
    const FloatsTo y{a.y};
    const ConvolutionShape& shape = a.shape;
    set_rows(y.data(), shape.output_pixels(), shape.outputs, a.bias.data());
    for_each_block(shape, [&](std::size_t first, std::size_t end, float* patches) {
      sgemm(end - first, shape.outputs, shape.taps() * shape.inputs,
            {gather_patches(shape, x.data(), first, end, patches)}, {weight.data(), true}, 1,
            y.data() + first * shape.outputs);
    });
    if (a.relu) clamp_negative(y.data(), shape.output_pixels() * shape.outputs);
    y.store();
  });
}

void backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf weight{a.weight};
    const FloatsTo dx{a.dx};
    const ConvolutionShape& shape = a.shape;
    std::fill_n(dx.data(), shape.input_pixels() * shape.inputs, 0.0F);
    for_each_block(shape, [&](std::size_t first, std::size_t end, float* patches) {
      float* const to = image_is_its_patches(shape) ? dx.data() + first * shape.inputs : patches;
      sgemm(end - first, shape.taps() * shape.inputs, shape.outputs, {dy.data() + first * shape.outputs},
            {weight.data()}, 0, to);
      if (to == patches) scatter_patches(shape, patches, first, end, dx.data());
    });
    apply_mask(dx.data(), a.relu_output);
    dx.store();
  });
}

void backward_weight(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf x{a.x};
    const ConvolutionShape& shape = a.shape;
    std::fill_n(a.dweight.data(), shape.outputs * shape.taps() * shape.inputs, 0.0F);
    for_each_block(shape, [&](std::size_t first, std::size_t end, float* patches) {
      sgemm(shape.outputs, shape.taps() * shape.inputs, end - first, {dy.data() + first * shape.outputs, true},
            {gather_patches(shape, x.data(), first, end, patches)}, 1, a.dweight.data());
    });
    sum_rows(dy.data(), shape.output_pixels(), shape.outputs, a.dbias.data());
  });
}

const Implements host_convolution_forward{convolution_forward, DeviceKind::host, Compute::library, forward};
const Implements host_convolution_backward_data{convolution_backward_data, DeviceKind::host, Compute::library,
                                                backward_data};
const Implements host_convolution_backward_weight{convolution_backward_weight, DeviceKind::host, Compute::library,
                                                  backward_weight};

}  // namespace
}  // namespace lanemark
