// SPDX-License-Identifier: MIT

#include "bench/machine/processor_watch.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

namespace lanemark {
namespace {

World world() { return {MPI_COMM_WORLD, {DeviceKind::host, 0}}; }

/// What a test says, one reading after the other.
class MadeUp final : public ProcessorSource {
 public:
  explicit MadeUp(std::vector<ProcessorReading> readings) : readings_{std::move(readings)} { may_use.set(0).set(1); }

  ProcessorSet may_use;
  ProcessorSet asked;  ///< of which processors, last

  ProcessorSet allowed() override { return may_use; }
  std::optional<double> quota() override { return std::nullopt; }
  ProcessorReading read(const ProcessorSet& processors) override {
    asked = processors;
    return readings_.at(next_++);
  }

 private:
  std::vector<ProcessorReading> readings_;
  std::size_t next_ = 0;
};

/// Ten seconds in which the node's processors are busy for `busy` s and each rank computes for `own` s.
std::vector<ProcessorReading> made_up(double busy, double own, double stolen = 0) {
  return {{.at = Seconds{100}, .busy = Seconds{50}, .stolen = Seconds{7}, .own = Seconds{3}},
          {.at = Seconds{110},
           .busy = Seconds{50 + busy},
           .stolen = Seconds{7 + stolen},
           .own = Seconds{3 + own},
           .involuntary_switches = 5,
           .load = 2.5}};
}

ProcessorUse watched(const World& all, MadeUp& source) {
  ProcessorWatch watch{all, source};
  watch.begin();
  return watch.end();
}

TEST(ProcessorWatch, WhatTheRanksUsedThemselvesIsNotOthers) {
  const World all = world();
  MadeUp source{made_up(all.size() * 6.0 + 1.5, 6)};
  const ProcessorUse use = watched(all, source);
  EXPECT_NEAR(use.others.count(), 1.5, 1e-9);
  EXPECT_DOUBLE_EQ(use.available.count(), 20);
  EXPECT_EQ(use.involuntary_switches, 5U * static_cast<unsigned>(all.size()));
  EXPECT_EQ(use.load, 2.5);
}

TEST(ProcessorWatch, AHypervisorIsOneOfTheOthers) {
  const World all = world();
  MadeUp source{made_up(all.size() * 6.0, 6, 2)};
  const ProcessorUse use = watched(all, source);
  EXPECT_NEAR(use.others.count(), 2, 1e-9);
  EXPECT_NEAR(use.stolen.count(), 2, 1e-9);
}

TEST(ProcessorWatch, CountersThatDisagreeMakeNoNegativeTime) {
  const World all = world();
  MadeUp source{made_up(0, 6)};
  EXPECT_EQ(watched(all, source).others, Seconds{0});
}

TEST(ProcessorWatch, MoreThanThereIsCannotBeTaken) {
  const World all = world();
  MadeUp source{made_up(1000, 0)};
  const ProcessorUse use = watched(all, source);
  EXPECT_EQ(use.others, use.available);
}

TEST(ProcessorWatch, LooksAtAllThatTheNodesRanksMayUse) {
  const World all = world();
  MadeUp source{made_up(0, 0)};
  source.may_use.reset();
  source.may_use.set(std::size_t{70} * static_cast<std::size_t>(all.rank()));  // in another word of the set
  EXPECT_DOUBLE_EQ(watched(all, source).available.count(), 10.0 * all.size());
  for (int rank = 0; rank < all.size(); ++rank) EXPECT_TRUE(source.asked.test(static_cast<std::size_t>(70 * rank)));
  EXPECT_EQ(source.asked.count(), static_cast<std::size_t>(all.size()));
}

}  // namespace
}  // namespace lanemark
