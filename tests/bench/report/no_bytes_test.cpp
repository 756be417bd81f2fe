// SPDX-License-Identifier: MIT

// An operation of 0 bytes, and one that has no bytes at all: in every table and output a time, and nowhere a rate.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/gate/metric.hpp"
#include "bench/gate/rule_fields.hpp"
#include "bench/gate/rules.hpp"
#include "bench/record/json.hpp"
#include "bench/report/console.hpp"
#include "bench/report/cost_section.hpp"
#include "bench/report/sections.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

Measurement empty_row() { return all_reduce_row(0); }

Measurement barrier_row() {
  Measurement m = all_reduce_row(0);
  m.what.operation = "barrier";
  m.what.backend = "mpi";
  m.what.dtype.clear();
  m.what.size.reset();
  m.work = {.bus_factor = 0};
  m.limit.reset();
  return m;
}

bool speaks_of_no_number(const std::string& text) {
  return text.find("nan") != std::string::npos || text.find("inf") != std::string::npos;
}

TEST(NoBytes, AreASizeInTheName) {
  EXPECT_EQ(name(empty_row().what), "all_reduce/nccl/float/0B/latency/ranks:4");
  EXPECT_EQ(name(barrier_row().what), "barrier/mpi/latency/ranks:4");
}

TEST(NoBytes, AreToldFromNoSizeInARecord) {
  const nlohmann::json of_nothing = to_json(empty_row());
  EXPECT_EQ(of_nothing["case"]["size_bytes"], 0);
  EXPECT_EQ(measurement_from_json(of_nothing).what, empty_row().what);
  const nlohmann::json without = to_json(barrier_row());
  EXPECT_FALSE(without["case"].contains("size_bytes"));
  EXPECT_EQ(measurement_from_json(without).what, barrier_row().what);
  EXPECT_NE(empty_row().what, [] {
    Case what = empty_row().what;
    what.size.reset();
    return what;
  }());
}

TEST(NoBytes, HaveATimeAndNoRateInTheTable) {
  const std::string text = report({empty_row(), all_reduce_row(1024)}, Format::text);
  EXPECT_EQ(text, R"(collectives
===========

all_reduce over nccl, 4 ranks, latency (cuda, device buffers); limit: NVLink, one direction, 450.0 GB/s
  size  count  type   op     median       p99  slowest rank  algbw GB/s  busbw GB/s  % limit  verified
  ----  -----  -----  ---  --------  --------  ------------  ----------  ----------  -------  --------
    0B      0  float  sum  10.00 us  10.98 us      3 (67 %)                                   yes
  1KiB    256  float  sum  10.00 us  10.98 us      3 (67 %)       0.102       0.154      0.0  yes

2 cases measured, 2 verified.
)");
}

TEST(NoBytes, OfABarrierNeedNoColumns) {
  EXPECT_EQ(report({barrier_row()}, Format::text), R"(collectives
===========

barrier over mpi, 4 ranks, latency (cuda, device buffers)
    median       p99  slowest rank  verified
  --------  --------  ------------  --------
  10.00 us  10.98 us      3 (67 %)  yes

1 case measured, 1 verified.
)");
  const std::string of_a_wrong_one = report({wrong(barrier_row())}, Format::text);
  EXPECT_NE(of_a_wrong_one.find("barrier: WRONG"), std::string::npos);
  EXPECT_EQ(of_a_wrong_one.find("GB/s"), std::string::npos) << of_a_wrong_one;
}

TEST(NoBytes, HaveNoRateInOtherTables) {
  Measurement copy = transfer_row("memory_copy", "pageable", "0");
  copy.what.size = Bytes{};
  copy.work.bytes = Bytes{};
  const std::string text = report({copy}, Format::text);
  EXPECT_EQ(text.find("GB/s"), std::string::npos) << text;
  EXPECT_NE(text.find("0B"), std::string::npos) << text;
}

TEST(NoBytes, BetweenPairsAreTimes) {
  std::vector<Measurement> rows;
  for (const auto& [pair, us] : {std::pair{"0>1", 10.0}, {"1>0", 10.0}, {"0>2", 13.0}}) {
    Measurement m = empty_row();
    m.what.operation = "send_recv";
    m.what.mode = "bandwidth";
    m.what.labels = {{"pair", pair}};
    m.samples = microseconds({us, us, us});
    rows.push_back(m);
  }
  const std::string text = pairs_section(rows, Format::text);
  EXPECT_NE(text.find("time of 0B messages between pairs"), std::string::npos) << text;
  EXPECT_NE(text.find("* 0 to 2: 30 % longer"), std::string::npos) << text;
  EXPECT_FALSE(speaks_of_no_number(text)) << text;
}

TEST(NoBytes, InGroupsHaveASlowestGroupAndNoSum) {
  for (Measurement m : {empty_row(), barrier_row()}) {
    m.groups = {{.ranks = {0, 2}, .median = Seconds{10e-6}}, {.ranks = {1, 3}, .median = Seconds{20e-6}}};
    const std::string text = groups_section({m}, Format::text);
    EXPECT_NE(text.find("1,3"), std::string::npos) << text;
    EXPECT_NE(text.find("20.00 us"), std::string::npos) << text;
    EXPECT_EQ(text.find("GB/s"), std::string::npos) << text;
  }
}

TEST(NoBytes, AreNoPointOfTheCostModel) {
  const std::vector<Measurement> rows{all_reduce_row(8, 1), all_reduce_row(512, 1.1), all_reduce_row(1 << 20, 20)};
  std::vector<Measurement> with = rows;
  with.insert(with.begin(), all_reduce_row(0, 0.1));
  ASSERT_NE(cost_section(rows, Format::text), "");
  EXPECT_EQ(cost_section(with, Format::text), cost_section(rows, Format::text));
  EXPECT_EQ(cost_section({all_reduce_row(0), all_reduce_row(8), all_reduce_row(1024)}, Format::text), "");
  EXPECT_EQ(cost_section({barrier_row(), barrier_row(), barrier_row()}, Format::text), "");
}

TEST(NoBytes, HaveNoMetricThatCountsBytes) {
  for (const Measurement& m : {empty_row(), barrier_row()}) {
    for (const char* one : {"algbw", "busbw", "share_of_limit", "flops"}) EXPECT_FALSE(metric(one).of(m)) << one;
    for (const char* one : {"time", "p95", "p99"}) EXPECT_TRUE(metric(one).of(m)) << one;
    EXPECT_FALSE(share_of_limit(m));
  }
}

TEST(NoBytes, AreWhatARuleSaysOfThem) {
  const auto holds_for = [](const char* condition, const Measurement& m) {
    return holds(parse_rule(std::string{"time < 1s where "} + condition).where.front(), m);
  };
  EXPECT_TRUE(holds_for("bytes = 0", empty_row()));
  EXPECT_TRUE(holds_for("bytes < 8", empty_row()));
  EXPECT_FALSE(holds_for("bytes > 0", empty_row()));
  for (const char* condition : {"bytes = 0", "bytes < 8", "bytes <= 0", "bytes > 0"}) {
    EXPECT_FALSE(holds_for(condition, barrier_row())) << condition << ": it has no size";
  }
}

}  // namespace
}  // namespace lanemark
