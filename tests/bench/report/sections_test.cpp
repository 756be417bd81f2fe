// SPDX-License-Identifier: MIT

#include "bench/report/sections.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

/// A 1 MB message that takes `us`.
Measurement message(int from, int to, double us, std::string mode = "bandwidth", std::string way = "NVLink") {
  Measurement m = all_reduce_row(1'000'000);
  m.what.operation = "send_recv";
  m.what.mode = std::move(mode);
  m.what.ranks = 3;
  m.what.labels = {{"pair", fmt::format("{}>{}", from, to)}};
  m.transport = std::move(way);
  m.samples = microseconds({us, us, us});
  return m;
}

TEST(Pairs, FormAMatrixWithItsOutliersMarked) {
  const std::vector<Measurement> rows{message(0, 1, 10), message(0, 2, 10),   message(1, 0, 10),
                                      message(1, 2, 10), message(2, 0, 12.5), message(2, 1, 10)};
  EXPECT_EQ(pairs_section(rows, Format::text),
            R"(GB/s of 1000000B messages between pairs, nccl, bandwidth
  from \ to        0      1      2
  ---------  -------  -----  -----
  0                -  100.0  100.0
  1            100.0      -  100.0
  2          80.00 *  100.0      -
* 2 to 0: 20 % slower than the median of its kind (NVLink)

)");
}

TEST(Pairs, AreComparedWithTheirOwnKindOnly) {
  std::vector<Measurement> rows{message(0, 1, 10), message(1, 0, 10)};
  for (const auto& [from, to] : {std::pair{0, 2}, {2, 0}, {1, 2}, {2, 1}}) {
    rows.push_back(message(from, to, 40, "bandwidth", "PCIe"));
  }
  EXPECT_NE(pairs_section(rows, Format::text).find("No pair is more than 10 % worse"), std::string::npos);
}

TEST(Pairs, OfLatencyAreWorseWhereTheyTakeLonger) {
  const std::vector<Measurement> rows{message(0, 1, 10, "latency"), message(1, 0, 10, "latency"),
                                      message(0, 2, 13, "latency")};
  EXPECT_NE(pairs_section(rows, Format::text).find("* 0 to 2: 30 % longer"), std::string::npos);
  EXPECT_EQ(pairs_section({all_reduce_row(8)}, Format::text), "");
}

TEST(Pairs, FewOfManyRanksAreAList) {
  std::vector<Measurement> rows{message(0, 19'999, 10), message(7, 3, 10)};
  for (Measurement& m : rows) m.what.ranks = 20'000;
  EXPECT_EQ(pairs_section(rows, Format::text),
            R"(GB/s of 1000000B messages between pairs, nccl, bandwidth
  from     to  measured
  ----  -----  --------
  0     19999     100.0
  7         3     100.0
No pair is more than 10 % worse than the median of its kind.

)");
}

TEST(Groups, AddUpAndNameTheSlowest) {
  Measurement m = all_reduce_row(1'000'000);
  m.groups = {{.ranks = {0, 2}, .median = Seconds{10e-6}}, {.ranks = {1, 3}, .median = Seconds{20e-6}}};
  const std::string text = groups_section({m}, Format::text);
  EXPECT_NE(text.find("225.0  1,3              20.00 us           75.00"), std::string::npos) << text;
  EXPECT_EQ(groups_section({all_reduce_row(8), wrong(m)}, Format::text), "");
  m.groups.front().ranks.resize(100'000);
  m.groups.front().median = Seconds{1};
  EXPECT_NE(groups_section({m}, Format::text).find("0,2,…,0 (100000 ranks)"), std::string::npos);
}

TEST(Pairs, NoTableIsMuchLargerThanWhatWasMeasured) {
  std::vector<Measurement> rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back(message(0, 1, 100));
    rows.back().what.ranks = 64;
    rows.back().repetition = i;
  }
  EXPECT_LT(pairs_section(rows, Format::text).size(), 40'000U);
  rows.resize(1);
  EXPECT_EQ(pairs_section(rows, Format::text).find("from \\ to"), std::string::npos);
  rows.front().what.ranks = 8;
  EXPECT_NE(pairs_section(rows, Format::text).find("from \\ to"), std::string::npos);
}

}  // namespace
}  // namespace lanemark
