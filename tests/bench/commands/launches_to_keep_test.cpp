// SPDX-License-Identifier: MIT

#include "bench/commands/launches_to_keep.hpp"

#include <gtest/gtest.h>

#include "tests/bench/gate/launches_by_hand.hpp"

namespace lanemark {
namespace {

TEST(LaunchesToKeep, HaveOfACommandWhatShapesAMeasurement) {
  Evidence evidence = evidence_of({{all_reduce_case(8), {1, 2}}});
  evidence.launches[0].command = {"run", "collectives", "-b", "8", "--results", "/somebodys/folder"};
  evidence.launches[1].command = {"run", "collectives", ":", "touch", "/somebodys/folder"};
  Baseline baseline;
  keep(baseline, evidence);
  EXPECT_EQ(baseline.evidence.launches.at(0).command,
            (std::vector<std::string>{"run", "collectives", "--min-bytes=8"}));
  EXPECT_TRUE(baseline.evidence.launches.at(1).command.empty()) << "no program could run it";
}

}  // namespace
}  // namespace lanemark
