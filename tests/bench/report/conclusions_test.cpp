// SPDX-License-Identifier: MIT

#include "bench/report/conclusions.hpp"

#include <gtest/gtest.h>

#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

TEST(Conclusions, NothingToCompareSaysNothing) {
  EXPECT_TRUE(conclusions({}).empty());
  EXPECT_TRUE(conclusions({training_row("bucketed", 1, 1000)}).empty());
  EXPECT_TRUE(conclusions({training_row("bucketed", 1, 1000), training_row("bucketed", 2, 500)}).empty());
}

TEST(Conclusions, SmallDifferencesAreNone) {
  const auto said = conclusions({training_row("bucketed", 2, 1000), training_row("data_parallel", 2, 1010)});
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said.front().find("as fast as data_parallel within 2 %"), std::string::npos) << said.front();
}

TEST(Conclusions, WrongRowsSayNothing) {
  EXPECT_TRUE(conclusions({wrong(training_row("bucketed", 2, 1)), training_row("data_parallel", 2, 1000)}).empty());
}

TEST(Conclusions, OnlyTheMostRanksAreCompared) {
  const auto said = conclusions({training_row("bucketed", 2, 100), training_row("data_parallel", 2, 1000),
                                 training_row("bucketed", 4, 1000), training_row("data_parallel", 4, 500)});
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said.front(), "At 4 ranks data_parallel does 512000 samples/s: 2.00 times as fast as bucketed.");
}

TEST(Conclusions, ARepeatedCaseCountsOnceWithItsMiddleRepetition) {
  std::vector<Measurement> rows;
  for (const double us : {1000.0, 400.0, 100.0}) {
    rows.push_back(training_row("bucketed", 2, us));
    rows.back().repetition = static_cast<int>(rows.size());
  }
  rows.push_back(training_row("data_parallel", 2, 800));
  const auto said = conclusions(rows);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said.front(), "At 2 ranks bucketed does 640000 samples/s: 2.00 times as fast as data_parallel.");
}

TEST(Conclusions, BackendsAreNamedWhereTheyDiffer) {
  Measurement other = training_row("bucketed", 2, 2000);
  other.what.backend = "nccl";
  const auto said = conclusions({training_row("bucketed", 2, 1000), other});
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said.front().find("bucketed over mpi does"), std::string::npos) << said.front();
  EXPECT_NE(said.front().find("as fast as bucketed over nccl"), std::string::npos) << said.front();
}

}  // namespace
}  // namespace lanemark
