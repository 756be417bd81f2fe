// SPDX-License-Identifier: MIT

#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/core/buffer.hpp"
#include "kernels/core/operation.hpp"
#include "tests/kernels/random.hpp"

namespace lanemark::test {

/// A test that runs once for each kind of device, and says that it was skipped where there is none.
class OnDevice : public ::testing::TestWithParam<DeviceKind> {
 protected:
  void SetUp() override {
    if (device_count(GetParam()) == 0) GTEST_SKIP() << "no GPU: skipped";
    stream_.emplace(device());
  }

  [[nodiscard]] static Device device() { return {GetParam(), 0}; }
  [[nodiscard]] StreamRef stream() const { return *stream_; }

  /// Whose code this device has for an operation.
  template <class Arguments>
  [[nodiscard]] static std::vector<Compute> computes(const Operation<Arguments>& operation) {
    std::vector<Compute> found;
    for (const Compute compute : {Compute::hand, Compute::library}) {
      if (operation.has(GetParam(), compute)) found.push_back(compute);
    }
    return found;
  }

  template <class T>
  [[nodiscard]] DeviceBuffer<T> put(const std::vector<T>& values) const {
    DeviceBuffer<T> buffer{device(), values.size()};
    upload(stream(), std::span<const T>{values}, buffer.span());
    return buffer;
  }

  /// All bytes 0xff, which is NaN in every floating-point type: an element that nobody writes shows.
  template <class T = float>
  [[nodiscard]] DeviceBuffer<T> poisoned(std::size_t size) const {
    DeviceBuffer<T> buffer{device(), size};
    stream().fill(buffer.data(), std::byte{0xff}, buffer.span().bytes());
    return buffer;
  }

  template <class T>
  [[nodiscard]] std::vector<T> get(const DeviceBuffer<T>& buffer) const {
    return download(stream(), buffer.span());
  }

  Random random;

 private:
  std::optional<Stream> stream_;
};

inline std::string kind_name(const ::testing::TestParamInfo<DeviceKind>& info) { return std::string{name(info.param)}; }

inline auto every_kind() { return ::testing::Values(DeviceKind::host, DeviceKind::cuda); }

inline std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

/// |output - expected| / |expected| in the Euclidean norm: NaN if any element is, infinite for a wrong zero.
inline double relative_error(const std::vector<float>& output, const std::vector<double>& expected) {
  if (output.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double error = 0;
  double norm = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    error += std::pow(output[i] - expected[i], 2);
    norm += std::pow(expected[i], 2);
  }
  return error == 0 ? 0 : std::sqrt(error / norm);
}

constexpr double single_precision = 1e-5;  ///< relative error allowed to a sum of up to a few thousand products

}  // namespace lanemark::test
