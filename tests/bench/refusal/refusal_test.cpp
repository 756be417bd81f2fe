// SPDX-License-Identifier: MIT

// Every suite with memory refused at every request in turn, on one rank of several: the launch goes on, what lacks
// memory is skipped on all ranks with the reason, all else is measured and verified, and nothing is left behind.
//
// Small cases here; --gtest_also_run_disabled_tests adds a sweep over all collectives, kernels and models.

#include "kernels/core/refusal.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/engine/memory_limit.hpp"
#include "bench/kernels/ceilings.hpp"
#include "kernels/core/buffer.hpp"
#include "tests/bench/refusal/large_objects.hpp"
#include "tests/bench/refusal/suites_under_refusal.hpp"

namespace lanemark::test {
namespace {

std::string label(const ::testing::TestParamInfo<SmallSuite>& info) {
  return fmt::format("{}_{}", info.index, info.param.suite);
}

/// What one pass over a suite's cases came to, on rank 0.
struct Outcome {
  std::size_t measured = 0;
  std::size_t skipped = 0;
};

class Refusal : public ::testing::TestWithParam<SmallSuite> {
 protected:
  /// Runs all cases with the `nth` request on `rank` refused.
  Outcome pass(int rank, std::uint64_t nth) {
    Outcome outcome;
    run_.with_plan([&](std::span<const PlannedCase> cases) {
      refuse_requests(run_.world.rank() == rank ? nth : 0);
      std::vector<Measurement> measurements;
      {
        const WatchLargeObjects watch;
        measurements = run_.measure(cases);
      }
      made_ = requests_made();
      refuse_requests(0);
      EXPECT_EQ(measurements.size(), run_.world.is_root() ? cases.size() : measurements.size());
      for (const Measurement& m : measurements) {
        EXPECT_TRUE(measured(m) || !m.skipped.empty()) << name(m.what);
        if (measured(m)) {
          EXPECT_EQ(m.verdict.kind, Verdict::Kind::correct) << name(m.what) << ": " << m.verdict.detail;
        }
        ++(measured(m) ? outcome.measured : outcome.skipped);
      }
    });
    EXPECT_EQ(allocated_memory(run_.world.device()), Bytes{}) << "after request " << nth;
    return outcome;
  }

  /// Requests that `rank` made in the last pass, on all ranks.
  [[nodiscard]] std::uint64_t made_by(int rank) const {
    return run_.world.gather_all(made_).at(static_cast<std::size_t>(rank));
  }

  void refuse_each_in_turn() {
    const Outcome whole = pass(0, 0);
    std::uint64_t skips = 0;
    for (const int rank : {run_.world.size() - 1, 0}) {
      SCOPED_TRACE(fmt::format("refused on rank {}", rank));
      for (std::uint64_t nth = 1;; ++nth) {
        SCOPED_TRACE(fmt::format("request {}", nth));
        const Outcome outcome = pass(rank, nth);
        skips += outcome.skipped - whole.skipped;
        EXPECT_EQ(outcome.measured + outcome.skipped, whole.measured + whole.skipped);
        if (!run_.world.all(!HasFailure()) || made_by(rank) < nth) break;
      }
      if (run_.world.size() == 1) break;
    }
    EXPECT_GT(skips, 0U) << "nothing was ever refused";
  }

  SuiteRun run_{GetParam()};

 private:
  std::uint64_t made_ = 0;
};

TEST_P(Refusal, OfAnyRequestSkipsTheCaseOnAllRanks) { refuse_each_in_turn(); }

INSTANTIATE_TEST_SUITE_P(Small, Refusal, ::testing::ValuesIn(small_suites()), label);
INSTANTIATE_TEST_SUITE_P(DISABLED_Sweep, Refusal, ::testing::ValuesIn(all_suites()), label);

class Planned : public ::testing::TestWithParam<SmallSuite> {
 protected:
  SuiteRun run_{GetParam()};
};

TEST_P(Planned, MemoryCountsAllThatACaseTakes) {
  run_.with_plan([&](std::span<const PlannedCase> cases) {
    static_cast<void>(run_.measure(cases));  // ceilings, and what else a launch takes once
  });
  run_.with_plan([&](std::span<const PlannedCase> cases) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const Bytes before = allocated_memory(run_.world.device());
      reset_peak_memory(run_.world.device());
      const WatchLargeObjects watch;
      static_cast<void>(run_.measure(cases.subspan(i, 1)));
      const Bytes taken = peak_memory(run_.world.device()) - before + WatchLargeObjects::peak();
      // Rounding to lines and pages, and objects of the launch itself.
      const Bytes planned = cases[i].memory + cases[i].host_memory + kibibytes(256);
      EXPECT_LE(taken.value, planned.value) << name(cases[i].what);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Small, Planned, ::testing::ValuesIn(small_suites()), label);
INSTANTIATE_TEST_SUITE_P(DISABLED_Sweep, Planned, ::testing::ValuesIn(all_suites()), label);

TEST(MemoryLimit, WithoutMemoryThereIsNoneAndNoHarm) {
  const World world{MPI_COMM_WORLD, device_under_test()};
  for (const int rank : {0, world.size() - 1}) {
    for (const std::uint64_t nth : {1U, 2U}) {
      refuse_requests(world.rank() == rank ? nth : 0);
      EXPECT_FALSE(measure_memory_limit(world));
      refuse_requests(0);
    }
  }
  EXPECT_TRUE(measure_memory_limit(world));
  EXPECT_EQ(allocated_memory(world.device()), Bytes{});
}

TEST(Ceilings, ThatFindNoMemoryAreLeftOutWithTheReason) {
  const Device device = device_under_test();
  const CeilingSizes sizes{.product_edge = 64, .narrow_product_edge = 64, .copied = kibibytes(64), .least_copied = {}};
  const auto count = [](const MeasuredCeilings& measured) {
    std::size_t known = measured.copy() ? 1 : 0;
    for (const Precision precision : all_precisions) known += measured.product(precision) ? 1 : 0;
    return known;
  };
  for (std::uint64_t nth = 1;; ++nth) {
    refuse_requests(nth);
    const MeasuredCeilings measured{device, sizes, gibibytes(1)};
    const bool refused = requests_made() >= nth;
    refuse_requests(0);
    EXPECT_EQ(allocated_memory(device), Bytes{});
    EXPECT_EQ(count(measured), all_precisions.size() + (refused ? 0 : 1));
    EXPECT_EQ(measured.left_out().empty(), !refused);
    if (!refused) break;
  }
}

TEST(Ceilings, AreMeasuredInTheRoomThereIs) {
  const Device device = device_under_test();
  CeilingSizes sizes{
      .product_edge = 64, .narrow_product_edge = 64, .copied = mebibytes(64), .least_copied = mebibytes(1)};
  EXPECT_TRUE((MeasuredCeilings{device, sizes, mebibytes(3)}.copy())) << "at a smaller size";
  const MeasuredCeilings small{device, sizes, kibibytes(100)};
  EXPECT_FALSE(small.copy());
  EXPECT_TRUE(small.product(Precision::fp32));
  EXPECT_NE(small.left_out().find("not enough memory"), std::string::npos);
}

}  // namespace
}  // namespace lanemark::test
