// SPDX-License-Identifier: MIT

#include "kernels/cuda/hopper/operands.hpp"

#include <algorithm>

namespace lanemark::hopper {
namespace {

unsigned in_row(DType dtype) { return static_cast<unsigned>(row_bytes / size_of(dtype).value); }

}  // namespace

std::size_t slices(DType dtype, std::size_t elements) { return (elements + in_row(dtype) - 1) / in_row(dtype); }

Operand matrix(Along along, const ConstArray& data, std::size_t outer, std::size_t depth, unsigned box) {
  const unsigned row = in_row(data.dtype());
  Operand operand{};
  operand.map =
      along == Along::depth
          ? tensor_map(TensorView<2>{.data = data, .sizes = {depth, outer}, .strides = {depth}, .box = {row, box}})
          : tensor_map(TensorView<2>{.data = data, .sizes = {outer, depth}, .strides = {outer}, .box = {row, box}});
  return operand;
}

Operand weights(Along along, const ConstArray& data, const ConvolutionShape& shape, unsigned box) {
  const unsigned row = in_row(data.dtype());
  Operand operand{};
  operand.map = tensor_map(TensorView<3>{.data = data,
                                         .sizes = {shape.inputs, shape.taps(), shape.outputs},
                                         .strides = {shape.inputs, shape.taps() * shape.inputs},
                                         .box = {row, 1, box}});
  operand.filter = static_cast<unsigned>(shape.filter);
  operand.blocks = static_cast<unsigned>(slices(data.dtype(), along == Along::depth ? shape.inputs : shape.outputs));
  operand.turned = along == Along::outer;
  return operand;
}

Operand patches(const ConstArray& images, const ConvolutionShape& shape, unsigned box) {
  Operand operand{};
  operand.map = tensor_map(PatchView{.data = images,
                                     .images = shape.images,
                                     .height = shape.height,
                                     .width = shape.width,
                                     .channels = shape.inputs,
                                     .filter = shape.filter,
                                     .padding = shape.padding(),
                                     .stride = shape.stride,
                                     .pixels = box});
  operand.width = static_cast<unsigned>(shape.output_width());
  operand.height = static_cast<unsigned>(shape.output_height());
  operand.stride = static_cast<unsigned>(shape.stride);
  operand.padding = static_cast<unsigned>(shape.padding());
  operand.filter = static_cast<unsigned>(shape.filter);
  operand.blocks = static_cast<unsigned>(slices(images.dtype(), shape.inputs));
  return operand;
}

Operand gradient_patches(const ConstArray& dy, const ConvolutionShape& shape, unsigned box) {
  ConvolutionShape turned = shape;
  turned.inputs = shape.outputs;
  return patches(dy, turned, box);
}

CUtensorMap result(const ConstArray& data, std::size_t columns, std::size_t groups, std::size_t rows,
                   std::size_t pieces, unsigned box) {
  return tensor_map(TensorView<4>{.data = data,
                                  .sizes = {columns, groups, rows, pieces},
                                  .strides = {columns, groups * columns, rows * groups * columns},
                                  .box = {in_row(data.dtype()), 1, box, 1}});
}

}  // namespace lanemark::hopper
