// SPDX-License-Identifier: MIT

// Which tile the planner takes: a pure function, so it can be held against cases whose answer is clear.

#include <gtest/gtest.h>

#include <array>

#include "kernels/cuda/hopper/plan.hpp"

namespace lanemark::hopper {
namespace {

constexpr std::array candidates{
    Candidate{128, 256, 256, 2, true, false, 128},   // pairs share B
    Candidate{128, 256, 256, 1, false, false, 128},  // alone
    Candidate{128, 256, 256, 2, false, true, 128},   // pairs halve the depth
    Candidate{128, 128, 128, 2, true, false, 128},   // smaller pairs
    Candidate{128, 64, 64, 1, false, false, 128},    // narrow
};
constexpr unsigned chip = 132;

Plan of(std::size_t m, std::size_t n, std::size_t depth, std::size_t most_pieces = 1) {
  return plan({m, n, depth, most_pieces, chip}, candidates);
}

TEST(HopperPlan, LargeProductsShareLargeTiles) { EXPECT_EQ(of(4096, 4096, 8192).candidate, 0U); }

TEST(HopperPlan, FewTilesAreMadeSmaller) { EXPECT_EQ(of(512, 4096, 8192).candidate, 3U); }

// Most of a wide tile would be empty.
TEST(HopperPlan, NarrowResultsTakeNoWideTiles) { EXPECT_GE(of(65536, 64, 1152).candidate, 3U); }

TEST(HopperPlan, ASmallResultOfGreatDepthIsCutIntoPieces) {
  EXPECT_GT(of(128, 256, 1U << 20U, 64).pieces, 20U);
  EXPECT_EQ(of(128, 256, 1U << 20U, 3).pieces, 3U) << "as many as the workspace holds";
  EXPECT_EQ(of(128, 256, 512, 64).pieces, 1U) << "no piece is less than four slices deep";
}

TEST(HopperPlan, BlocksFitTheChipInWholeClusters) {
  for (const std::size_t m : {1U, 100U, 512U, 4000U}) {
    for (const std::size_t n : {8U, 1000U, 4096U}) {
      const Plan found = of(m, n, 4096, 8);
      ASSERT_LT(found.candidate, candidates.size());
      EXPECT_GT(found.blocks, 0U);
      EXPECT_LE(found.blocks, chip);
      EXPECT_EQ(found.blocks % candidates.at(found.candidate).blocks, 0U);
      EXPECT_LE(found.pieces, 8U);
    }
  }
}

}  // namespace
}  // namespace lanemark::hopper
