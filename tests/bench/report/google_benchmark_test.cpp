// SPDX-License-Identifier: MIT

// What Google Benchmark's reporters are fed with, as their readers take it: strict JSON, rows of one shape, no time
// where there is none.

#include "bench/report/google_benchmark.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

class GoogleBenchmarkTest : public ::testing::Test {
 protected:
  /// What is written for these, one after the other.
  std::string file(const std::vector<Measurement>& all) {
    wanted.out = (folder_.path() / "report").string();
    testing::internal::CaptureStderr();
    GoogleBenchmark google{wanted};
    for (const Measurement& m : all) google.add(m);
    google.end_output();
    google.write_file();
    said = testing::internal::GetCapturedStderr();
    std::ifstream text{wanted.out};
    return {std::istreambuf_iterator<char>{text}, {}};
  }
  json strict(const std::vector<Measurement>& all) { return json::parse(file(all)); }
  static Measurement row(std::uint64_t bytes, int repetition, double scale = 1) {
    Measurement m = all_reduce_row(bytes);
    m.repetition = repetition;
    for (Seconds& sample : m.samples) sample *= scale;
    return m;
  }

  GoogleBenchmarkReports wanted;
  std::string said;

 private:
  TemporaryFolder folder_;
};

/// RFC 4180, without breaks inside of cells.
std::vector<std::vector<std::string>> cells(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines{csv};
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& row = rows.emplace_back(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      else if (c == ',' && !quoted) row.emplace_back();
      else row.back() += c;
    }
  }
  return rows;
}

TEST_F(GoogleBenchmarkTest, WritesOneSession) {
  wanted.context = {{"build", "a=b"}};
  const json report = strict({row(1024, 0), row(8, 0)});
  EXPECT_EQ(report["context"]["executable"], "lanemark");
  EXPECT_EQ(report["context"]["build"], "a=b");
  ASSERT_EQ(report["benchmarks"].size(), 2U);
  const json& first = report["benchmarks"][0];
  EXPECT_EQ(first["name"], name(all_reduce_row(1024).what));
  EXPECT_EQ(first["run_type"], "iteration");
  EXPECT_NEAR(first["real_time"].get<double>(), 10, 1e-6);
  EXPECT_EQ(first["time_unit"], "us");
  EXPECT_EQ(first["cpu_time"].get<double>(), 0) << "none is measured";
  EXPECT_NEAR(first["busbw_GB/s"].get<double>(), bus_bandwidth(all_reduce_row(1024)).value * 1e-9, 1e-6);
}

TEST_F(GoogleBenchmarkTest, WhatHasNoTimeIsNoTimeOfZero) {
  Measurement wrong = row(8, 0);
  wrong.verdict = {.kind = Verdict::Kind::wrong, .detail = "planted"};
  Measurement empty = row(16, 0);
  empty.samples.clear();
  const std::vector<Measurement> all{wrong, skipped(row(32, 0), "no memory"), row(64, 0), empty};
  for (const char* format : {"json", "csv"}) {
    wanted.out_format = format;
    const std::string text = file(all);
    EXPECT_EQ(text.find("/8B/"), std::string::npos) << text;
    EXPECT_EQ(text.find("/32B/"), std::string::npos);
    EXPECT_EQ(text.find("/16B/"), std::string::npos);
    EXPECT_NE(text.find("/64B/"), std::string::npos);
    EXPECT_NE(said.find("wrong data"), std::string::npos) << said;
    EXPECT_NE(said.find("no memory"), std::string::npos);
  }
  wanted.out_format = "console";
  const std::string console = file(all);
  EXPECT_NE(console.find("wrong data"), std::string::npos) << console;
  EXPECT_NE(console.find("no memory"), std::string::npos);
}

TEST_F(GoogleBenchmarkTest, NothingMeasuredIsADocumentToo) {
  const json report = strict({});
  EXPECT_TRUE(report.contains("context"));
  EXPECT_TRUE(report["benchmarks"].empty());
}

TEST_F(GoogleBenchmarkTest, RepetitionsHaveAggregatesThatAreNumbers) {
  wanted.repetitions = 2;
  // Those of cases that are sampled in turn come in turn.
  const json report = strict({row(8, 0), row(16, 0), row(8, 1, 3), row(16, 1)});
  ASSERT_EQ(report["benchmarks"].size(), 12U);
  std::map<std::string, json> by_name;
  for (const json& one : report["benchmarks"]) by_name[one["name"]] = one;
  const std::string title = name(all_reduce_row(8).what);
  EXPECT_EQ(report["benchmarks"][1]["repetition_index"], 1);
  EXPECT_NEAR(by_name.at(title + "_mean")["real_time"].get<double>(), 20, 1e-6);
  EXPECT_NEAR(by_name.at(title + "_median")["real_time"].get<double>(), 20, 1e-6);
  EXPECT_NEAR(by_name.at(title + "_stddev")["real_time"].get<double>(), std::sqrt(200.0), 1e-6);
  EXPECT_NEAR(by_name.at(title + "_cv")["real_time"].get<double>(), std::sqrt(200.0) / 20, 1e-6);
  EXPECT_EQ(by_name.at(title + "_cv")["aggregate_unit"], "percentage");
}

TEST_F(GoogleBenchmarkTest, AggregatesOnlyOfOneRepetitionIsTheRepetition) {
  wanted.aggregates_only = true;
  EXPECT_EQ(strict({row(8, 0)})["benchmarks"].size(), 1U);
  wanted.repetitions = 2;
  EXPECT_EQ(strict({row(8, 0), row(8, 1)})["benchmarks"].size(), 4U);
  wanted.aggregates_only = false;
  wanted.display_aggregates_only = true;
  EXPECT_EQ(strict({row(8, 0), row(8, 1)})["benchmarks"].size(), 6U) << "the file has all";
}

TEST_F(GoogleBenchmarkTest, ACaseThatWasCutShortIsShownAtTheEnd) {
  wanted.repetitions = 3;
  EXPECT_EQ(strict({row(8, 0), row(8, 1)})["benchmarks"].size(), 6U);
  Measurement late = skipped(row(8, 2), "the budget was spent");
  EXPECT_EQ(strict({row(8, 0), row(8, 1), late})["benchmarks"].size(), 6U);
  // A repetition that has no time does not part the others.
  const json report = strict({row(8, 0), skipped(row(8, 1), "the clock saw no time pass"), row(8, 2)});
  EXPECT_EQ(report["benchmarks"].size(), 6U);
  for (const json& one : report["benchmarks"]) EXPECT_EQ(one["family_index"], 0);
  wanted.aggregates_only = true;
  EXPECT_EQ(strict({row(8, 0), skipped(row(8, 1), "the budget was spent")})["benchmarks"].size(), 1U)
      << "where there are no aggregates the repetition is what there is";
}

TEST_F(GoogleBenchmarkTest, RowsOfOneCsvHaveTheSameColumns) {
  wanted.out_format = "csv";
  wanted.repetitions = 2;
  Measurement without_bytes = row(8, 0);
  without_bytes.what.operation = "another";
  without_bytes.work = {};
  Measurement again = without_bytes;
  again.repetition = 1;
  const auto rows = cells(file({without_bytes, again, row(8, 0), row(8, 1)}));
  ASSERT_EQ(rows.size(), 13U);
  const std::set<std::string> columns(rows[0].begin(), rows[0].end());
  for (const char* column : {"name", "real_time", "mean_us", "busbw_GB/s", "samples"})
    EXPECT_TRUE(columns.contains(column));
  for (const auto& one : rows) EXPECT_EQ(one.size(), rows[0].size());
}

TEST_F(GoogleBenchmarkTest, ACsvWithoutRowsHasItsHeader) {
  wanted.out_format = "csv";
  const auto rows = cells(file({skipped(row(8, 0), "no memory")}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].front(), "name");
}

TEST_F(GoogleBenchmarkTest, FormatsAreKnown) {
  wanted.out_format = "xml";
  EXPECT_THROW(GoogleBenchmark{wanted}, UsageError);
  wanted.out_format = "json";
  wanted.format = "xml";
  EXPECT_THROW(GoogleBenchmark{wanted}, UsageError);
}

}  // namespace
}  // namespace lanemark
