// SPDX-License-Identifier: MIT

#include "bench/gate/calibration.hpp"

#include <gtest/gtest.h>

#include "kernels/core/error.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/statistics/draws.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

const std::string small_class = case_class(all_reduce_case(8));
const std::string large_class = case_class(all_reduce_case(1U << 30U));

/// Launches with noise of 0.5 %, each slower than the one before by `drift`.
std::vector<double> drifting(std::uint64_t seed, double drift, std::size_t launches = 40) {
  Draws draws{seed};
  std::vector<double> values = draws.normals(launches, 1, 0.005);
  for (std::size_t i = 0; i < launches; ++i) values[i] *= 1 + drift * static_cast<double>(i);
  return values;
}

std::string calibration_error(const Evidence& evidence) {
  return error_of([&] { noise_floors(evidence, {}); });
}

TEST(Calibration, DriftIsNoiseToo) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto floors = noise_floors(
        evidence_of({{all_reduce_case(8), drifting(seed, 0)}, {all_reduce_case(1U << 30U), drifting(seed, 0.003)}}),
        {});
    ASSERT_EQ(floors.classes().size(), 2U);
    EXPECT_LT(floors.classes().at(small_class).change, 0.01);
    // The first and the last ten launches are thirty launches apart.
    EXPECT_NEAR(floors.classes().at(large_class).change, 1.5 * 0.09, 0.01);
    EXPECT_EQ(floors.classes().at(small_class).comparisons, 231U)
        << "two windows of 10 fit into 40 launches at 1 + 2 + … + 21 places";
  }
}

TEST(Calibration, CasesOfAClassShareItsFloor) {
  const auto floors =
      noise_floors(evidence_of({{all_reduce_case(8), drifting(1, 0)}, {all_reduce_case(16), drifting(2, 0.003)}}), {});
  ASSERT_EQ(floors.classes().size(), 1U);
  EXPECT_EQ(floors.classes().at(small_class).comparisons, 462U);
  EXPECT_GT(floors.classes().at(small_class).change, 0.02) << "that of the more restless";
  EXPECT_LT(floors.find(all_reduce_case(8))->change, 0.01) << "but what was calibrated has its own";
  EXPECT_EQ(floors.find(all_reduce_case(16))->change, floors.classes().at(small_class).change);
  EXPECT_EQ(floors.find(all_reduce_case(32))->change, floors.classes().at(small_class).change)
      << "like the worst of its class";
  EXPECT_EQ(floors.find(all_reduce_case(1U << 30U)), nullptr);
}

TEST(Calibration, FewComparisonsOfACaseMayAllBeLucky) {
  const auto floors = noise_floors(
      evidence_of({{all_reduce_case(8), drifting(1, 0, 29)}, {all_reduce_case(16), drifting(2, 0.003, 29)}}), {});
  EXPECT_FALSE(floors.cases().at(name(all_reduce_case(8))).steady);
  EXPECT_GT(floors.find(all_reduce_case(8))->change, 0.02);
}

TEST(Calibration, FewLaunchesAreComparedHalfAgainstHalf) {
  const auto floors = noise_floors(evidence_of({{all_reduce_case(8), {1, 1, 1.1, 1.1}}}), {});
  EXPECT_EQ(floors.classes().at(small_class).comparisons, 1U);
  EXPECT_NEAR(floors.classes().at(small_class).change, 1.5 * 0.1, 1e-12);
}

TEST(Calibration, FasterCountsAsMuchAsSlower) {
  const auto floors = noise_floors(evidence_of({{all_reduce_case(8), {1, 1, 0.8, 0.8}}}), {});
  EXPECT_NEAR(floors.classes().at(small_class).change, 1.5 * 0.25, 1e-12) << "the way back is + 25 %";
}

TEST(Calibration, FewerThanFourLaunchesAreRefused) {
  Evidence evidence = evidence_of({{all_reduce_case(8), {1, 1, 1, 1}}});
  EXPECT_EQ(calibration_error(evidence), "");
  evidence.launches[3].excluded = "tainted: throttled";
  evidence.values.at("time").begin()->second.by_launch[3].reset();
  EXPECT_NE(calibration_error(evidence).find("there are 3"), std::string::npos);
}

TEST(Calibration, SeveralBuildsAreRefused) {
  Evidence evidence = evidence_of({{all_reduce_case(8), {1, 1, 1, 1, 1}}});
  evidence.launches[4].versions["commit"] = "4d5e6f";
  EXPECT_NE(calibration_error(evidence).find("1a2b3c, 4d5e6f"), std::string::npos);
  evidence.launches[4].excluded = "cut off";
  EXPECT_EQ(calibration_error(evidence), "") << "what does not count does no harm";
}

TEST(Calibration, LaunchesOfNoKnownBuildAreRefused) {
  for (const char* commit : {"unknown", "1a2b3c-dirty", ""}) {
    Evidence evidence = evidence_of({{all_reduce_case(8), {1, 1, 1, 1, 1}}});
    for (LaunchSummary& launch : evidence.launches) launch.versions = {{"commit", commit}};
    EXPECT_NE(calibration_error(evidence).find("LANEMARK_COMMIT"), std::string::npos) << commit;
    for (LaunchSummary& launch : evidence.launches) launch.versions.clear();
    EXPECT_NE(calibration_error(evidence).find("unknown"), std::string::npos);
  }
  Evidence evidence = evidence_of({{all_reduce_case(8), {1, 1, 1, 1, 1}}});
  for (LaunchSummary& launch : evidence.launches) launch.versions = {{"commit", "1a2b3c-dirty-4d5e6f"}};
  EXPECT_EQ(calibration_error(evidence), "");
}

TEST(Calibration, CasesThatTooFewLaunchesMeasuredHaveNoFloor) {
  const auto floors =
      noise_floors(evidence_of({{all_reduce_case(8), drifting(1, 0)}, {all_reduce_case(1U << 30U), {1, 1, 1}}}), {});
  EXPECT_TRUE(floors.classes().contains(small_class));
  EXPECT_FALSE(floors.classes().contains(large_class));
  EXPECT_NE(calibration_error(evidence_of({{all_reduce_case(8), {0, 0, 0, 0}}})), "") << "zero has no change";
}

}  // namespace
}  // namespace lanemark
