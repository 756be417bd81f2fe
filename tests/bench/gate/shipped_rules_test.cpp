// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "bench/gate/rule_fields.hpp"
#include "bench/gate/rules.hpp"
#include "bench/record/json.hpp"
#include "bench/record/store.hpp"
#include "tests/bench/record/temporary_folder.hpp"

// The rules that are shipped against the records that they were made from.

namespace lanemark {
namespace {

namespace fs = std::filesystem;

const fs::path results = fs::path{LANEMARK_SOURCE_DIR} / "results";

Rules shipped() { return read_rules(results / "rules" / "h200-x4-nvlink.json"); }

std::vector<fs::path> records() {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator{results / "h200-x4"}) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

const std::vector<Measurement>& measured() {
  static const std::vector<Measurement> all = [] {
    std::vector<Measurement> read;
    for (const fs::path& file : records()) std::ranges::move(read_launch(file).measurements, std::back_inserter(read));
    return read;
  }();
  return all;
}

std::vector<Measurement> slower(std::vector<Measurement> all, double factor) {
  for (Measurement& m : all) {
    for (Seconds& sample : m.samples) sample *= factor;
  }
  return all;
}

TEST(ShippedRules, TheRecordsTheyWereMadeFromPassEachOfThem) {
  ASSERT_GE(records().size(), 14U);
  for (const RuleVerdict& one : evaluate(shipped(), measured())) {
    EXPECT_TRUE(one.passed) << one.rule << ": " << one.name << ": " << one.detail;
    EXPECT_NE(one.name, "") << one.rule << " is about no record: " << one.detail;
  }
}

TEST(ShippedRules, EachLaunchByItselfPassesWhatItSpeaksOf) {
  for (const fs::path& file : records()) {
    for (const RuleVerdict& one : evaluate(shipped(), read_launch(file).measurements)) {
      EXPECT_TRUE(one.passed || one.name.empty()) << file << ": " << one.rule << ": " << one.name << ": " << one.detail;
    }
  }
}

TEST(ShippedRules, AFifthSlowerFailsEachRuleOnSpeed) {
  const Rules rules = shipped();
  std::set<std::string> failed;
  for (const RuleVerdict& one : evaluate(rules, slower(measured(), 1.2))) {
    if (!one.passed) failed.insert(one.rule);
  }
  for (const Rule& rule : rules.rules) {
    const bool on_speed = (rule.relation == Relation::at_least) == (rule.metric->better == Better::more);
    EXPECT_EQ(failed.contains(rule.name), on_speed) << rule.name;
  }
  EXPECT_GE(failed.size(), 10U);
}

TEST(ShippedRules, ACopiedRecordAFifthSlowerFails) {
  const TemporaryFolder folder;
  const auto files = records();
  const auto original = std::ranges::find_if(
      files, [](const fs::path& file) { return file.filename() == "lanemark-20261120T234335Z-347c172f.jsonl"; });
  ASSERT_NE(original, files.end());
  const Launch launch = read_launch(*original);
  const fs::path copy = folder.path() / "slower.jsonl";
  {
    std::ofstream file{copy};
    file << to_json(launch.header).dump() << '\n';
    for (const Measurement& m : slower(launch.measurements, 1.2)) file << to_json(m).dump() << '\n';
    file << to_json(*launch.footer).dump() << '\n';
  }
  const Launch read = read_launch(copy);
  ASSERT_TRUE(read.complete());
  const std::vector<RuleVerdict> verdicts = evaluate(shipped(), read.measurements);
  ASSERT_FALSE(verdicts.empty());
  EXPECT_FALSE(verdicts.front().passed);
  const auto about_wire = std::ranges::find_if(verdicts, [](const RuleVerdict& one) {
    return one.rule == "all-reduce reaches the wire" && one.name == "all_reduce/nccl/float/1GiB/bandwidth/ranks:4";
  });
  ASSERT_NE(about_wire, verdicts.end());
  EXPECT_FALSE(about_wire->passed);
}

TEST(ShippedRules, EachSaysWhereItsThresholdComesFrom) {
  std::set<std::string> names;
  for (const Rule& rule : shipped().rules) {
    EXPECT_NE(rule.why, "") << rule.name;
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
  }
}

/// A label that suites came to give their cases would have to be written as label.KEY, against the documentation.
TEST(ShippedRules, LabelsOfTheRecordsNeedNoPrefix) {
  const auto known = known_label_keys();
  for (const Measurement& m : measured()) {
    for (const Label& one : m.what.labels) {
      EXPECT_NE(std::ranges::find(known, one.key), known.end()) << one.key;
    }
  }
}

}  // namespace
}  // namespace lanemark
