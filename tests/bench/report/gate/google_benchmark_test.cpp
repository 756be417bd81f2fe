// SPDX-License-Identifier: MIT

#include "bench/report/gate/google_benchmark.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/report/gate/golden.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

json rendered(const Judgement& judgement, Side side) {
  return json::parse(gate_google_benchmark({&judgement, 1}, side));
}

TEST(GateGoogleBenchmark, Golden) {
  expect_golden("google_benchmark_base.json", gate_google_benchmark(all_examples(), Side::base));
  expect_golden("google_benchmark_run.json", gate_google_benchmark(all_examples(), Side::run));
}

/// compare.py of 1.7.1 and 1.8.3 indexes these without asking; github-action-benchmark's "googlecpp" the rest.
TEST(GateGoogleBenchmark, HasWhatReadersIndex) {
  for (const Side side : {Side::base, Side::run}) {
    const json document = rendered(full_judgement(), side);
    ASSERT_FALSE(document["benchmarks"].empty());
    EXPECT_EQ(document["context"]["json_schema_version"], 1);
    for (const json& one : document["benchmarks"]) {
      EXPECT_TRUE(one.at("name").is_string() && one.at("run_name").is_string());
      EXPECT_TRUE(one.at("real_time").is_number() && one.at("cpu_time").is_number());
      EXPECT_EQ(one.at("time_unit"), "ns");
      EXPECT_TRUE(one.at("iterations").is_number_unsigned() && one.at("threads").is_number_unsigned());
      EXPECT_TRUE(one.at("family_index").is_number_unsigned());
      EXPECT_TRUE(one.at("per_family_instance_index").is_number_unsigned());
      if (one.at("run_type") == "aggregate") EXPECT_TRUE(one.at("aggregate_name").is_string());
      else EXPECT_LT(one.at("repetition_index"), one.at("repetitions"));
    }
  }
}

TEST(GateGoogleBenchmark, Aggregates) {
  Judgement judgement = empty_judgement();
  judgement.cases = {regressed("a/b")};
  judgement.cases.front().base = {1e-9, 2e-9, 6e-9};
  const json list = rendered(judgement, Side::base)["benchmarks"];
  ASSERT_EQ(list.size(), 7U);
  EXPECT_EQ(list[2]["name"], "a/b");
  EXPECT_DOUBLE_EQ(list[2]["real_time"], 6);
  const std::vector<std::pair<std::string, double>> wanted{
      {"mean", 3}, {"median", 2}, {"stddev", std::sqrt(7)}, {"cv", std::sqrt(7) / 3}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const json& one = list[3 + i];
    EXPECT_EQ(one["name"], "a/b_" + wanted[i].first);
    EXPECT_EQ(one["aggregate_name"], wanted[i].first);
    EXPECT_EQ(one["run_name"], "a/b");
    EXPECT_EQ(one["iterations"], 3);
    EXPECT_DOUBLE_EQ(one["real_time"], wanted[i].second);
  }
  EXPECT_EQ(list[6]["aggregate_unit"], "percentage");
}

TEST(GateGoogleBenchmark, ASingleLaunchHasNoAggregates) {
  Judgement judgement = empty_judgement();
  judgement.cases = {same("a")};
  judgement.cases.front().run = {1e-3};
  EXPECT_EQ(rendered(judgement, Side::run)["benchmarks"].size(), 1U);
}

TEST(GateGoogleBenchmark, WrongDataIsNoBenchmark) {
  Judgement judgement = empty_judgement();
  judgement.cases = {same("a")};
  judgement.cases.front().outcome = Outcome::wrong_data;
  judgement.cases.front().detail = "why";
  const json document = rendered(judgement, Side::run);
  EXPECT_TRUE(document["benchmarks"].empty());
  EXPECT_EQ(document["context"]["lanemark_wrong_data"], json({"a: why"}));
  EXPECT_EQ(rendered(judgement, Side::base)["benchmarks"].size(), 7U);
}

TEST(GateGoogleBenchmark, MachinesAreKeptApart) {
  std::vector<Judgement> judgements{empty_judgement(), empty_judgement()};
  judgements[1].fingerprint_id = "fedcba9876543210";
  for (Judgement& one : judgements) one.cases = {same("a")};
  const json document = json::parse(gate_google_benchmark(judgements, Side::run));
  EXPECT_EQ(document["benchmarks"].front()["name"], "a/fingerprint:0123456789abcdef");
  EXPECT_EQ(document["benchmarks"].back()["name"], "a/fingerprint:fedcba9876543210_cv");
}

}  // namespace
}  // namespace lanemark
