// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <mpi.h>

#include <cstdio>

#include "collectives/core/world.hpp"

namespace {

/// Every rank runs every test, rank 0 reports. A rank that fails ends the job: it may have left a test in which its
/// peers now wait for it.
class EndsTheJob final : public testing::EmptyTestEventListener {
 public:
  explicit EndsTheJob(int rank) : rank_{rank} {}
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    fmt::print(stderr, "rank {}: {}:{}: {}\n", rank_, result.file_name() == nullptr ? "?" : result.file_name(),
               result.line_number(), result.message());
    std::fflush(nullptr);
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    if (!test.result()->Failed()) return;
    fmt::print(stderr, "rank {}: {}.{} failed\n", rank_, test.test_suite_name(), test.name());
    std::fflush(nullptr);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }

 private:
  int rank_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const lanemark::MpiSession session{argc, argv};
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  if (rank != 0) delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new EndsTheJob{rank});
  return RUN_ALL_TESTS();
}
