// SPDX-License-Identifier: MIT

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "collectives/core/communicator.hpp"
#include "kernels/operations.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark {

/// A test that runs once for each backend of the device under test, and says that it was skipped for the others.
/// Instantiate with `every_backend`.
class OnBackend : public ::testing::TestWithParam<std::string> {
 protected:
  static constexpr std::uint64_t pattern_seed = 77;

  void SetUp() override {
    const std::vector<std::string> here = backends_under_test(world.device());
    if (std::ranges::find(here, GetParam()) == here.end()) {
      GTEST_SKIP() << (world.device().kind == DeviceKind::host ? "no GPU for each rank: skipped"
                                                               : "host only: skipped");
    }
  }

  /// Checks the runs on this rank's output.
  Mismatch mismatch(const std::vector<ExpectedRun>& runs, DType dtype, ReduceOp op, const std::byte* output) {
    const DeviceBuffer<Mismatch> result{world.device(), 1};
    const Mismatch clean{.wrong = 0, .first = std::numeric_limits<unsigned long long>::max()};
    upload<Mismatch>(stream, {&clean, 1}, result);
    for (const ExpectedRun& run : runs) {
      check_pattern(stream.ref(), {.dtype = dtype,
                                   .op = op,
                                   .ranks = world.size(),
                                   .rank = run.rank,
                                   .seed = pattern_seed,
                                   .first = run.source,
                                   .count = run.count,
                                   .offset = run.offset,
                                   .values = output + run.offset * size_of(dtype).value,
                                   .result = result.data()});
    }
    return download(stream.ref(), result.span()).front();
  }
  unsigned long long wrong(const std::vector<ExpectedRun>& runs, const DeviceBuffer<float>& output) {
    return mismatch(runs, DType::float32, ReduceOp::sum, reinterpret_cast<const std::byte*>(output.data())).wrong;
  }

  /// This rank's contribution.
  void fill(void* values, std::size_t count, DType dtype, ReduceOp op) {
    fill_pattern(stream.ref(), {.dtype = dtype,
                                .op = op,
                                .ranks = world.size(),
                                .rank = world.rank(),
                                .seed = pattern_seed,
                                .first = 0,
                                .count = count,
                                .values = values});
  }
  void fill(const DeviceBuffer<float>& values) { fill(values.data(), values.size(), DType::float32, ReduceOp::sum); }

  /// Every float becomes no number, which no check passes.
  void poison(const DeviceBuffer<float>& values) {
    stream.ref().fill(values.data(), std::byte{0xff}, values.span().bytes());
  }
  void poison(const Memory& memory) { stream.ref().fill(memory.data(), std::byte{0xff}, memory.size()); }

  [[nodiscard]] std::unique_ptr<Communicator> connect() const {
    return resolve_backend(GetParam(), world).connect(world, {});
  }

  /// Random, and the same on all ranks.
  [[nodiscard]] std::mt19937_64 shared_random() const {
    return std::mt19937_64{world.gather_all(std::random_device{}()).front()};
  }

  World world{MPI_COMM_WORLD, device_under_test()};
  Stream stream{world.device()};
};

inline const auto every_backend = ::testing::Values("mpi", "nccl", "mpi_staged", "composed");

}  // namespace lanemark
