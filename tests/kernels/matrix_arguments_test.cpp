// SPDX-License-Identifier: MIT

#include "kernels/matrix_arguments.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "kernels/core/error.hpp"

namespace lanemark::test {
namespace {

/// Arrays of the sizes of one layer, right until a test spoils one. Nothing is read or written.
struct Layer {
  ConvolutionShape shape{.images = 2, .height = 5, .width = 4, .inputs = 3, .outputs = 7, .filter = 3, .stride = 2};
  DType dtype = DType::bfloat16;
  float memory = 0;

  [[nodiscard]] Array array(std::size_t size) { return {dtype, &memory, size}; }
  [[nodiscard]] DeviceSpan<float> floats(std::size_t size) { return {&memory, size}; }

  ConvolutionForward forward() {
    return {.shape = shape, .x = array(120), .weight = array(189), .bias = floats(7), .y = array(84)};
  }
  ConvolutionBackwardData backward_data() {
    return {.shape = shape, .dy = array(84), .weight = array(189), .dx = array(120), .relu_output = array(120)};
  }
  ConvolutionBackwardWeight backward_weight() {
    return {.shape = shape, .dy = array(84), .x = array(120), .dweight = floats(189), .dbias = floats(7)};
  }
  LinearForward linear_forward() {
    return {.shape = {2, 3, 5}, .x = array(6), .weight = array(15), .bias = floats(5), .y = array(10)};
  }
  LinearBackwardData linear_backward_data() {
    return {.shape = {2, 3, 5}, .dy = array(10), .weight = array(15), .dx = array(6), .relu_output = array(6)};
  }
  LinearBackwardWeight linear_backward_weight() {
    return {.shape = {2, 3, 5}, .dy = array(10), .x = array(6), .dweight = floats(15), .dbias = floats(5)};
  }
};

template <class Arguments>
void expect_refused(const Arguments& arguments, const std::vector<std::string>& named) {
  try {
    validate(arguments);
    FAIL() << "accepted, though wrong: " << named.back();
  } catch (const UsageError& error) {
    for (const std::string& part : named) {
      EXPECT_NE(std::string{error.what()}.find(part), std::string::npos) << error.what() << "\nlacks: " << part;
    }
  }
}

constexpr std::initializer_list<DType> wrong_types{DType::float32, DType::half, DType::int32};

/// `arguments` are right, and refused once the member is of another size or of one of the other types.
template <class Arguments, class Member>
void expect_checked(const Arguments& arguments, Member Arguments::*member, const std::string& operation,
                    const std::string& name, std::initializer_list<DType> others = wrong_types) {
  EXPECT_NO_THROW(validate(arguments));
  Arguments wrong = arguments;
  const auto size = (arguments.*member).size();
  const auto resized = [&](std::size_t other) {
    if constexpr (requires { (wrong.*member).dtype(); }) {
      return Member{(arguments.*member).dtype(), (arguments.*member).data(), other};
    } else {
      return Member{(arguments.*member).data(), other};
    }
  };
  for (const std::size_t other : {size - 1, size + 1}) {
    wrong.*member = resized(other);
    expect_refused(wrong, {operation + ": ", name, std::to_string(other), std::to_string(size)});
  }
  if constexpr (requires { (wrong.*member).dtype(); }) {
    for (const DType other : others) {
      wrong.*member = Member{other, (arguments.*member).data(), size};
      expect_refused(wrong, {operation + ": ", std::string{lanemark::name(other)}});
    }
  }
}

TEST(MatrixArguments, EveryArrayOfTheLinearLayer) {
  Layer layer;
  expect_checked(layer.linear_forward(), &LinearForward::x, "linear_forward", "x");
  expect_checked(layer.linear_forward(), &LinearForward::weight, "linear_forward", "weight");
  expect_checked(layer.linear_forward(), &LinearForward::bias, "linear_forward", "bias");
  expect_checked(layer.linear_forward(), &LinearForward::y, "linear_forward", "y", {DType::half, DType::int32});
  expect_checked(layer.linear_backward_data(), &LinearBackwardData::dy, "linear_backward_data", "dy");
  expect_checked(layer.linear_backward_data(), &LinearBackwardData::weight, "linear_backward_data", "weight");
  expect_checked(layer.linear_backward_data(), &LinearBackwardData::dx, "linear_backward_data", "dx");
  expect_checked(layer.linear_backward_data(), &LinearBackwardData::relu_output, "linear_backward_data", "relu_output");
  expect_checked(layer.linear_backward_weight(), &LinearBackwardWeight::dy, "linear_backward_weight", "dy");
  expect_checked(layer.linear_backward_weight(), &LinearBackwardWeight::x, "linear_backward_weight", "x");
  expect_checked(layer.linear_backward_weight(), &LinearBackwardWeight::dweight, "linear_backward_weight", "dweight");
  expect_checked(layer.linear_backward_weight(), &LinearBackwardWeight::dbias, "linear_backward_weight", "dbias");
}

TEST(MatrixArguments, EveryArrayOfTheConvolution) {
  using Forward = ConvolutionForward;
  using Data = ConvolutionBackwardData;
  using Weight = ConvolutionBackwardWeight;
  Layer layer;
  expect_checked(layer.forward(), &Forward::x, "convolution_forward", "x");
  expect_checked(layer.forward(), &Forward::weight, "convolution_forward", "weight");
  expect_checked(layer.forward(), &Forward::bias, "convolution_forward", "bias");
  expect_checked(layer.forward(), &Forward::y, "convolution_forward", "y");
  expect_checked(layer.backward_data(), &Data::dy, "convolution_backward_data", "dy");
  expect_checked(layer.backward_data(), &Data::weight, "convolution_backward_data", "weight");
  expect_checked(layer.backward_data(), &Data::dx, "convolution_backward_data", "dx");
  expect_checked(layer.backward_data(), &Data::relu_output, "convolution_backward_data", "relu_output");
  expect_checked(layer.backward_weight(), &Weight::dy, "convolution_backward_weight", "dy");
  expect_checked(layer.backward_weight(), &Weight::x, "convolution_backward_weight", "x");
  expect_checked(layer.backward_weight(), &Weight::dweight, "convolution_backward_weight", "dweight");
  expect_checked(layer.backward_weight(), &Weight::dbias, "convolution_backward_weight", "dbias");
}

TEST(MatrixArguments, FilterAndStride) {
  for (const std::size_t filter : {0U, 2U, 5U}) {
    Layer layer;
    layer.shape.filter = filter;
    const std::string cause = "filter of " + std::to_string(filter);
    expect_refused(layer.forward(), {"convolution_forward: ", cause, "use filter 1 or 3"});
    expect_refused(layer.backward_data(), {"convolution_backward_data: ", cause, "use filter 1 or 3"});
    expect_refused(layer.backward_weight(), {"convolution_backward_weight: ", cause, "use filter 1 or 3"});
  }
  for (const std::size_t stride : {0U, 3U}) {
    Layer layer;
    layer.shape.stride = stride;
    const std::string cause = "stride of " + std::to_string(stride);
    expect_refused(layer.forward(), {"convolution_forward: ", cause, "use stride 1 or 2"});
    expect_refused(layer.backward_data(), {"convolution_backward_data: ", cause, "use stride 1 or 2"});
    expect_refused(layer.backward_weight(), {"convolution_backward_weight: ", cause, "use stride 1 or 2"});
  }
}

// A layer without a ReLU before it says so by an array that says nothing, not even its type.
TEST(MatrixArguments, NoMask) {
  Layer layer;
  auto linear = layer.linear_backward_data();
  linear.relu_output = {};
  EXPECT_NO_THROW(validate(linear));
  auto convolution = layer.backward_data();
  convolution.relu_output = {};
  EXPECT_NO_THROW(validate(convolution));
}

TEST(MatrixArguments, LogitsMayBeFloat) {
  Layer layer;
  auto forward = layer.linear_forward();
  forward.y = layer.floats(10);
  EXPECT_NO_THROW(validate(forward));
  forward.y = layer.floats(11);
  expect_refused(forward, {"linear_forward: ", "y", "11", "10"});
}

TEST(MatrixArguments, TypesThatLayersDoNotComputeOn) {
  Layer layer;
  layer.dtype = DType::half;
  expect_refused(layer.linear_forward(), {"linear_forward: ", "half", "float or bfloat16"});
  expect_refused(layer.backward_weight(), {"convolution_backward_weight: ", "half", "float or bfloat16"});
}

/// Throws when it is called, so that nothing of it can have been enqueued.
template <class Arguments>
void expect_refused_when_called(const Operation<Arguments>& operation, const Arguments& arguments) {
  const Stream stream{Device{}};
  for (const Compute compute : {Compute::hand, Compute::library}) {
    EXPECT_THROW(operation({stream, compute}, arguments), UsageError) << operation.name() << " " << name(compute);
  }
  EXPECT_NO_THROW(stream.ref().synchronize());
}

TEST(MatrixArguments, HostRefusesWhenCalled) {
  Layer layer;
  auto forward = layer.linear_forward();
  forward.y = layer.array(11);
  expect_refused_when_called(linear_forward, forward);
  auto backward_data = layer.linear_backward_data();
  backward_data.dx = layer.array(7);
  expect_refused_when_called(linear_backward_data, backward_data);
  auto backward_weight = layer.linear_backward_weight();
  backward_weight.dbias = layer.floats(6);
  expect_refused_when_called(linear_backward_weight, backward_weight);
  layer.shape.filter = 5;
  expect_refused_when_called(convolution_forward, layer.forward());
  expect_refused_when_called(convolution_backward_data, layer.backward_data());
  expect_refused_when_called(convolution_backward_weight, layer.backward_weight());
}

}  // namespace
}  // namespace lanemark::test
