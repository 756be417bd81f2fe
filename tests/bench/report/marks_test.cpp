// SPDX-License-Identifier: MIT

#include "bench/report/marks.hpp"

#include <gtest/gtest.h>

#include "bench/machine/quiet.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

using Lines = std::vector<std::string>;

TEST(Marks, AnOrdinaryRowHasNone) {
  EXPECT_EQ(median_figure(all_reduce_row(1024)), "10.00 us");
  EXPECT_TRUE(legends({all_reduce_row(1024)}).empty());
}

TEST(Marks, ADisturbedRowSaysByWhom) {
  Measurement m = all_reduce_row(1024);
  m.processors = ProcessorUse{.available = Seconds{2}, .others = Seconds{1}, .window = Seconds{1}};
  EXPECT_EQ(median_figure(m), "10.00 us *");
  EXPECT_EQ(legends({all_reduce_row(8), m}),
            Lines{"*: disturbed, and not compared: other processes took 50 % of the time of the processors that these "
                  "ranks may use"});
}

TEST(Marks, ARateAboveItsLimitIsExplained) {
  EXPECT_EQ(share_of_limit_figure(quiet::above_limit - 0.001), "104.9");
  EXPECT_EQ(share_of_limit_figure(quiet::above_limit + 0.001), "105.1 >");
  Measurement m = all_reduce_row(4U << 20U);
  m.limit->rate = {bus_bandwidth(m).value / 8.09};
  const Lines all = legends({m});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all.front().starts_with(">: above its limit")) << all.front();
  EXPECT_NE(all.front().find("fits into a cache (4.194 MB here)"), std::string::npos) << all.front();
}

TEST(Marks, AKernelAboveItsCeilingIsExplainedToo) {
  Measurement m = all_reduce_row(1024);
  m.limit.reset();
  m.ceilings = {{.name = "measured: copy", .per_second = ceiling_rate(m) / 1.04}};
  EXPECT_TRUE(legends({m}).empty());
  m.ceilings.front().per_second = ceiling_rate(m) / 8;
  EXPECT_EQ(legends({m}).size(), 1U);
}

TEST(Marks, RowsWithoutASpeedHaveNone) {
  Measurement m = all_reduce_row(4U << 20U);
  m.limit->rate = {1};
  EXPECT_TRUE(legends({skipped(m, "no memory")}).empty());
}

TEST(Marks, TheSlowestRankMostOften) {
  Measurement m = all_reduce_row(1024);
  EXPECT_EQ(straggler_figure(m), "3 (67 %)");
  m.what.ranks = 1;
  EXPECT_EQ(straggler_figure(m), "");
}

}  // namespace
}  // namespace lanemark
