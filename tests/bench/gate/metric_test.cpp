// SPDX-License-Identifier: MIT

#include "bench/gate/metric.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "kernels/core/error.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

/// 1 MB in 10 us (median), bus factor 1.5, against a wire of 200 GB/s.
Measurement transfer() {
  Measurement m;
  m.what.operation = "all_reduce";
  m.samples = microseconds({30, 10, 8, 9, 12});
  m.work.bytes = Bytes{1'000'000};
  m.work.bus_factor = 1.5;
  m.limit = Limit{"wire", {200e9}};
  return m;
}

Measurement training_step() {
  Measurement m;
  m.samples = microseconds({1000, 1000, 1000});
  m.work.samples = 512;
  m.work.flops = {2e9};
  m.training = TrainingFigures{.phases = {},
                               .without_communication = Seconds{700e-6},
                               .bytes_sent = {},
                               .peak_memory = {3'000'000, 5'000'000, 4'000'000},
                               .buckets = {},
                               .parameters = 0,
                               .batch = 512};
  return m;
}

double value(std::string_view name, const Measurement& m) {
  return metric(name).of(m).value_or(std::numeric_limits<double>::quiet_NaN());
}

bool has(std::string_view name, const Measurement& m) { return metric(name).of(m).has_value(); }

TEST(Metric, TransfersHaveTimesRatesAndTheShareOfTheLimit) {
  const Measurement m = transfer();
  EXPECT_DOUBLE_EQ(value("time", m), 10e-6);
  EXPECT_DOUBLE_EQ(value("p95", m), p95(m).count());
  EXPECT_DOUBLE_EQ(value("p99", m), p99(m).count());
  EXPECT_LT(value("p95", m), value("p99", m));
  EXPECT_DOUBLE_EQ(value("algbw", m), 100e9);
  EXPECT_DOUBLE_EQ(value("busbw", m), 150e9);
  EXPECT_DOUBLE_EQ(value("share_of_limit", m), 0.75);
  for (const auto* name : {"flops", "samples_per_second", "exposed_communication", "peak_memory"}) {
    EXPECT_FALSE(has(name, m)) << name;
  }
}

TEST(Metric, TrainingStepsHaveSamplesFlopsExposureAndTheRankWithTheMostMemory) {
  const Measurement m = training_step();
  EXPECT_DOUBLE_EQ(value("samples_per_second", m), 512e3);
  EXPECT_DOUBLE_EQ(value("flops", m), 2e12);
  EXPECT_NEAR(value("exposed_communication", m), 300e-6, 1e-12);
  EXPECT_DOUBLE_EQ(value("peak_memory", m), 5e6);
  for (const auto* name : {"algbw", "busbw", "share_of_limit"}) EXPECT_FALSE(has(name, m)) << name;
}

TEST(Metric, ThroughputIsOfTheTotalTimeAndUnevenSamplesShow) {
  Measurement m = training_step();
  EXPECT_DOUBLE_EQ(value("mean_over_median", m), 1);
  m.samples = microseconds({1000, 1000, 1000, 5000});
  EXPECT_DOUBLE_EQ(value("time", m), 1e-3);
  EXPECT_DOUBLE_EQ(value("samples_per_second", m), 256e3);
  EXPECT_DOUBLE_EQ(value("mean_over_median", m), 2);
  EXPECT_EQ(value_figure(metric("mean_over_median"), 2), "200.0 %");
}

TEST(Metric, AKernelsShareIsOfItsFirstCeilingInWhatItsWorkIsCountedIn) {
  Measurement m = transfer();
  m.limit.reset();
  EXPECT_FALSE(has("share_of_limit", m));
  m.ceilings = {{"measured", 400e9}, {"datasheet", 500e9}};
  EXPECT_DOUBLE_EQ(value("share_of_limit", m), 0.25);  // bytes, without the bus factor
  m.work.flops = {2e6};
  m.ceilings = {{"measured", 1e12}};
  EXPECT_DOUBLE_EQ(value("share_of_limit", m), 0.2);
}

TEST(Metric, WhatWasSkippedOrWrongHasNoNumbers) {
  Measurement skipped = transfer();
  skipped.skipped = "did not fit";
  Measurement wrong = transfer();
  wrong.verdict.kind = Verdict::Kind::wrong;
  Measurement empty = training_step();
  empty.samples.clear();
  Measurement instant = transfer();
  instant.samples = microseconds({0, 0, 0});
  for (const Metric& one : metrics()) {
    EXPECT_FALSE(one.of(skipped)) << one.name;
    EXPECT_FALSE(one.of(wrong)) << one.name;
    EXPECT_FALSE(one.of(empty)) << one.name;
  }
  EXPECT_FALSE(has("busbw", instant));
  EXPECT_FALSE(has("share_of_limit", instant));
  EXPECT_EQ(value("time", instant), 0);
}

TEST(Metric, NamesAreDistinctAndUnknownOnesAreRefusedWithThoseThereAre) {
  std::set<std::string_view> names;
  for (const Metric& one : metrics()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_EQ(&metric(one.name), &one);
    const bool of_time = one.unit == "s" || one.name == "mean_over_median";
    EXPECT_EQ(one.better == Better::less, of_time || one.unit == "B") << one.name;
  }
  try {
    metric("buswb");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string_view{error.what()}.find("'buswb'"), std::string_view::npos);
    for (const std::string_view name : names) {
      EXPECT_NE(std::string_view{error.what()}.find(name), std::string_view::npos) << name;
    }
  }
}

TEST(Metric, ValuesReadAsPeopleThink) {
  EXPECT_EQ(value_figure(metric("time"), 12.34e-6), "12.34 us");
  EXPECT_EQ(value_figure(metric("busbw"), 341.2e9), "341.2 GB/s");
  EXPECT_EQ(value_figure(metric("busbw"), 4213e9), "4213 GB/s");
  EXPECT_EQ(value_figure(metric("busbw"), 1.3e6), "1.300 MB/s");
  EXPECT_EQ(value_figure(metric("share_of_limit"), 0.853), "85.3 %");
  EXPECT_EQ(value_figure(metric("flops"), 305e12), "305.0 TFLOP/s");
  EXPECT_EQ(value_figure(metric("flops"), 0.999999e9), "1.000 GFLOP/s");
  EXPECT_EQ(value_figure(metric("samples_per_second"), 557'724), "557724 samples/s");
  EXPECT_EQ(value_figure(metric("peak_memory"), 80e9), "80.00 GB");
  EXPECT_EQ(value_figure(metric("exposed_communication"), -3e-3), "-3.000 ms");
  EXPECT_EQ(value_figure(metric("busbw"), std::nan("")), "nan B/s");
}

}  // namespace
}  // namespace lanemark
