// SPDX-License-Identifier: MIT

#include "kernels/core/dtype.hpp"

#include <gtest/gtest.h>

#include <string>

#include "kernels/core/device.hpp"
#include "kernels/core/error.hpp"

namespace lanemark::test {
namespace {

/// The message of the UsageError that `f` throws.
template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(DTypes, NamesParseBack) {
  for (const DType dtype : all_dtypes) EXPECT_EQ(parse_dtype(name(dtype)), dtype);
  for (const ReduceOp op : all_reduce_ops) EXPECT_EQ(parse_reduce_op(name(op)), op);
  for (const DeviceKind kind : {DeviceKind::host, DeviceKind::cuda}) EXPECT_EQ(parse_device_kind(name(kind)), kind);
}

TEST(DTypes, NamesAreThoseOfNcclTests) {
  EXPECT_EQ(name(DType::float32), "float");
  EXPECT_EQ(name(DType::float64), "double");
  EXPECT_EQ(name(DType::bfloat16), "bfloat16");
  EXPECT_EQ(name(ReduceOp::avg), "avg");
}

TEST(DTypes, UnknownNamesAreRefusedWithTheKnownOnes) {
  EXPECT_NE(refusal([] { parse_dtype("float8"); }).find("bfloat16"), std::string::npos);
  EXPECT_NE(refusal([] { parse_dtype(""); }).find("int64"), std::string::npos);
  EXPECT_NE(refusal([] { parse_dtype("Float"); }).find("'Float'"), std::string::npos);
  EXPECT_NE(refusal([] { parse_reduce_op("xor"); }).find("avg"), std::string::npos);
  EXPECT_NE(refusal([] { static_cast<void>(parse_device_kind("gpu")); }).find("cuda"), std::string::npos);
}

TEST(DTypes, Sizes) {
  EXPECT_EQ(size_of(DType::int8), Bytes{1});
  EXPECT_EQ(size_of(DType::half), Bytes{2});
  EXPECT_EQ(size_of(DType::bfloat16), Bytes{2});
  EXPECT_EQ(size_of(DType::int32), Bytes{4});
  EXPECT_EQ(size_of(DType::float64), Bytes{8});
}

TEST(DeviceKinds, HostIsAlwaysThere) {
  EXPECT_EQ(device_count(DeviceKind::host), 1);
  EXPECT_EQ(default_device_kind(), device_count(DeviceKind::cuda) > 0 ? DeviceKind::cuda : DeviceKind::host);
}

}  // namespace
}  // namespace lanemark::test
