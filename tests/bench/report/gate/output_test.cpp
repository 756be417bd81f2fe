// SPDX-License-Identifier: MIT

#include "bench/report/gate/output.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/core/registry.hpp"
#include "tests/bench/record/variable.hpp"
#include "tests/bench/report/gate/examples.hpp"

namespace lanemark {
namespace {

TEST(GateOutput, AllAreThere) {
  std::vector<std::string_view> names;
  for (const GateOutput* one : Registry<GateOutput>::all()) names.push_back(one->name);
  const std::vector<std::string_view> wanted{
      "csv",   "csv-verdicts", "github-annotations", "google-benchmark-base", "google-benchmark-run",
      "junit", "markdown",     "openmetrics"};
  EXPECT_EQ(names, wanted);
}

TEST(GateOutput, NothingToCompareIsNoError) {
  const std::vector<Judgement> judgements{empty_judgement()};
  for (const GateOutput* one : Registry<GateOutput>::all()) {
    EXPECT_NO_THROW(one->render({})) << one->name;
    EXPECT_NO_THROW(one->render(judgements)) << one->name;
  }
}

TEST(GateOutput, TheEnvironmentStaysOutOfIt) {
  const Variable secret{"LANEMARK_TEST_SECRET", "hunter2-in-the-environment"};
  for (const GateOutput* one : Registry<GateOutput>::all()) {
    EXPECT_EQ(one->render(all_examples()).find("hunter2"), std::string::npos) << one->name;
  }
}

}  // namespace
}  // namespace lanemark
