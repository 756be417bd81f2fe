// SPDX-License-Identifier: MIT

#include "kernels/operations.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>
#include <tuple>

#include "kernels/core/error.hpp"

namespace lanemark::test {
namespace {

/// Every operation of operations.hpp; a new one is added here too.
const auto all_operations =
    std::tie(linear_forward, linear_backward_data, linear_backward_weight, convolution_forward,
             convolution_backward_data, convolution_backward_weight, bias_forward, relu_backward, max_pool_forward,
             max_pool_backward, average_pool_forward, average_pool_backward, softmax_cross_entropy, momentum_sgd, adamw,
             pack_tensors, unpack_tensors, global_norm, count_non_finite, convert, triad, combine, divide, fill_uniform,
             fill_labels, fill_pattern, check_pattern, read_clock, wait_share);

void expect_implementations(DeviceKind kind) {
  const auto expect = [&](const auto& operation) {
    EXPECT_TRUE(operation.has(kind, Compute::hand)) << operation.name() << " on " << name(kind);
  };
  std::apply([&](const auto&... operation) { (expect(operation), ...); }, all_operations);
}

TEST(Operations, HostHasThemAll) {
  expect_implementations(DeviceKind::host);
  EXPECT_TRUE(linear_forward.has(DeviceKind::host, Compute::library));
  EXPECT_TRUE(linear_backward_data.has(DeviceKind::host, Compute::library));
  EXPECT_TRUE(linear_backward_weight.has(DeviceKind::host, Compute::library));
  EXPECT_TRUE(convolution_forward.has(DeviceKind::host, Compute::library));
  EXPECT_TRUE(convolution_backward_data.has(DeviceKind::host, Compute::library));
  EXPECT_TRUE(convolution_backward_weight.has(DeviceKind::host, Compute::library));
}

// A build without CUDA has no GPU platform; a build with it must have every kernel, GPU or not.
TEST(Operations, CudaHasThemAllWhereItIsBuilt) {
  try {
    static_cast<void>(platform(DeviceKind::cuda));
  } catch (const UsageError&) {
    GTEST_SKIP() << "built without CUDA: skipped";
  }
  expect_implementations(DeviceKind::cuda);
}

TEST(Operations, NamesAreTheirOwn) {
  std::set<std::string_view> names;
  std::apply([&](const auto&... operation) { (names.insert(operation.name()), ...); }, all_operations);
  EXPECT_EQ(names.size(), std::tuple_size_v<decltype(all_operations)>);
}

struct Nothing {};

TEST(Operations, MissingImplementationIsNamed) {
  const Operation<Nothing> missing{"missing_operation"};
  const Stream stream{Device{}};
  try {
    missing(stream.ref(), Nothing{});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string_view{error.what()}.find("missing_operation"), std::string_view::npos) << error.what();
  }
}

TEST(Operations, TheOnlyImplementationServesBoth) {
  Operation<Nothing> operation{"operation"};
  operation.implement(DeviceKind::host, Compute::library,
                      [](StreamRef stream, const Nothing&) { stream.run([] { throw Error("ran"); }); });
  const Stream stream{Device{}};
  operation({stream, Compute::hand}, {});
  EXPECT_THROW(stream.ref().synchronize(), Error);
}

TEST(Operations, ParseCompute) {
  EXPECT_EQ(parse_compute("hand"), Compute::hand);
  EXPECT_EQ(parse_compute("library"), Compute::library);
  EXPECT_THROW(parse_compute("cublas"), UsageError);
  EXPECT_THROW(parse_compute(""), UsageError);
}

}  // namespace
}  // namespace lanemark::test
