// SPDX-License-Identifier: MIT

#include "kernels/matrix_arguments.hpp"

#include <fmt/format.h>

#include <string_view>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// One call's arguments, looked at one after the other; the first array sets the type of the others.
class Arguments {
 public:
  Arguments(std::string_view operation, std::string_view first, ConstArray array)
      : operation_{operation}, first_{first}, dtype_{array.dtype()} {
    if (dtype_ == DType::float32 || dtype_ == DType::bfloat16) return;
    throw UsageError(fmt::format("{}: {} is {}; give float or bfloat16 arrays", operation_, first_, name(dtype_)));
  }

  void expect(std::string_view what, ConstArray array, std::size_t size) const {
    if (array.dtype() != dtype_) {
      throw UsageError(fmt::format("{}: {} is {} but {} is {}; convert one, layers compute on arrays of one type",
                                   operation_, what, name(array.dtype()), first_, name(dtype_)));
    }
    expect_size(what, array.size(), size);
  }
  /// Float, or of the type of the others: what needs no further layer may stay as it was summed.
  void expect_result(std::string_view what, ConstArray array, std::size_t size) const {
    if (array.dtype() == DType::float32) expect_size(what, array.size(), size);
    else expect(what, array, size);
  }
  void expect_mask(ConstArray mask, std::size_t size) const {
    if (!mask.empty()) expect("relu_output", mask, size);
  }
  void expect_size(std::string_view what, std::size_t given, std::size_t size) const {
    if (given == size) return;
    throw UsageError(fmt::format("{}: {} has {} elements, the shape asks for {}; pass exactly the layer's part of it",
                                 operation_, what, given, size));
  }

 private:
  std::string_view operation_, first_;
  DType dtype_;
};

/// Before anything is computed from the shape, which divides by the stride.
void validate_filter(std::string_view operation, const ConvolutionShape& shape) {
  if (shape.filter != 1 && shape.filter != 3) {
    throw UsageError(fmt::format("{}: a filter of {}x{} is not implemented; use filter 1 or 3", operation, shape.filter,
                                 shape.filter));
  }
  if (shape.stride != 1 && shape.stride != 2) {
    throw UsageError(fmt::format("{}: a stride of {} is not implemented; use stride 1 or 2", operation, shape.stride));
  }
}

/// How many elements the arrays of a layer have: the linear layer's and the convolution's differ in nothing else.
struct Sizes {
  std::size_t input, weight, bias, output;
};

Sizes sizes(const LinearShape& shape) {
  return {shape.rows * shape.inputs, shape.outputs * shape.inputs, shape.outputs, shape.rows * shape.outputs};
}

Sizes sizes(const ConvolutionShape& shape) {
  return {shape.input_pixels() * shape.inputs, shape.outputs * shape.taps() * shape.inputs, shape.outputs,
          shape.output_pixels() * shape.outputs};
}

/// All but y.
template <class Forward>
Arguments validate_operands(std::string_view operation, const Forward& a) {
  const Sizes size = sizes(a.shape);
  const Arguments arguments{operation, "x", a.x};
  arguments.expect("x", a.x, size.input);
  arguments.expect("weight", a.weight, size.weight);
  arguments.expect_size("bias", a.bias.size(), size.bias);
  return arguments;
}

template <class BackwardData>
void validate_backward_data(std::string_view operation, const BackwardData& a) {
  const Sizes size = sizes(a.shape);
  const Arguments arguments{operation, "dy", a.dy};
  arguments.expect("dy", a.dy, size.output);
  arguments.expect("weight", a.weight, size.weight);
  arguments.expect("dx", a.dx, size.input);
  arguments.expect_mask(a.relu_output, size.input);
}

template <class BackwardWeight>
void validate_backward_weight(std::string_view operation, const BackwardWeight& a) {
  const Sizes size = sizes(a.shape);
  const Arguments arguments{operation, "dy", a.dy};
  arguments.expect("dy", a.dy, size.output);
  arguments.expect("x", a.x, size.input);
  arguments.expect_size("dweight", a.dweight.size(), size.weight);
  arguments.expect_size("dbias", a.dbias.size(), size.bias);
}

}  // namespace

void validate(const LinearForward& arguments) {
  // Logits are float in mixed precision too: the loss wants them in full.
  validate_operands(linear_forward.name(), arguments).expect_result("y", arguments.y, sizes(arguments.shape).output);
}

void validate(const LinearBackwardData& arguments) { validate_backward_data(linear_backward_data.name(), arguments); }

void validate(const LinearBackwardWeight& arguments) {
  validate_backward_weight(linear_backward_weight.name(), arguments);
}

void validate(const ConvolutionForward& arguments) {
  validate_filter(convolution_forward.name(), arguments.shape);
  validate_operands(convolution_forward.name(), arguments).expect("y", arguments.y, sizes(arguments.shape).output);
}

void validate(const ConvolutionBackwardData& arguments) {
  validate_filter(convolution_backward_data.name(), arguments.shape);
  validate_backward_data(convolution_backward_data.name(), arguments);
}

void validate(const ConvolutionBackwardWeight& arguments) {
  validate_filter(convolution_backward_weight.name(), arguments.shape);
  validate_backward_weight(convolution_backward_weight.name(), arguments);
}

}  // namespace lanemark
