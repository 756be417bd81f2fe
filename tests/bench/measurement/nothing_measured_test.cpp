// SPDX-License-Identifier: MIT

#include "bench/measurement/nothing_measured.hpp"

#include <gtest/gtest.h>

#include "bench/measurement/exit_code.hpp"

namespace lanemark {
namespace {

Measurement good(Verdict::Kind kind = Verdict::Kind::correct) {
  Measurement m;
  m.what = {.operation = "all_reduce", .backend = "mpi"};
  m.samples = {Seconds{1e-6}};
  m.verdict.kind = kind;
  return m;
}

Measurement skipped(const std::string& reason) {
  Measurement m;
  m.what = {.operation = "all_reduce", .backend = "mpi"};
  m.skipped = reason;
  return m;
}

using Measurements = std::vector<Measurement>;

TEST(NothingMeasured, OneNumberThatCountsIsEnough) {
  EXPECT_EQ(exit_code_of(Measurements{good()}), ExitCode::ok);
  EXPECT_EQ(exit_code_of(Measurements{skipped("no memory"), good(), skipped("no memory")}), ExitCode::ok);
  EXPECT_EQ(exit_code_of(Measurements{good(Verdict::Kind::unverified)}), ExitCode::ok) << "it says so itself";
}

TEST(NothingMeasured, WhatIsSkippedOrHasNoSamplesDoesNotCount) {
  EXPECT_EQ(exit_code_of(Measurements{}), ExitCode::incomplete);
  EXPECT_EQ(exit_code_of(Measurements{skipped("no memory")}), ExitCode::incomplete);
  Measurement empty = good();
  empty.samples.clear();
  EXPECT_EQ(exit_code_of(Measurements{empty}), ExitCode::incomplete);
}

TEST(NothingMeasured, WrongDataOutweighsIt) {
  EXPECT_FALSE(anything_counts(Measurements{good(Verdict::Kind::wrong)}));
  EXPECT_EQ(exit_code_of(Measurements{good(Verdict::Kind::wrong)}), ExitCode::wrong_data);
  EXPECT_EQ(exit_code_of(Measurements{skipped("no memory"), good(Verdict::Kind::wrong)}), ExitCode::wrong_data);
  EXPECT_EQ(exit_code_of(Measurements{good(), good(Verdict::Kind::wrong)}), ExitCode::wrong_data);
}

TEST(NothingMeasured, SaysWhyInOneLineWithACure) {
  const std::string why = nothing_measured(Measurements{skipped("no\nmemory"), skipped("no time")});
  EXPECT_NE(why.find("2 of 2 cases were skipped"), std::string::npos) << why;
  EXPECT_NE(why.find("all_reduce/mpi"), std::string::npos) << why;
  EXPECT_NE(why.find("no memory"), std::string::npos) << why;
  EXPECT_EQ(why.find('\n'), std::string::npos) << "a reason may come from a record";
  for (const std::string& text : {why, nothing_measured(Measurements{})}) {
    EXPECT_NE(text.find("lanemark list"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace lanemark
