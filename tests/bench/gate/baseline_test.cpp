// SPDX-License-Identifier: MIT

#include "bench/gate/baseline.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <thread>

#include "bench/gate/baseline_folder.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/gate/baseline_error.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/record/random_measurement.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using Values = std::vector<std::optional<double>>;

const std::string small = name(all_reduce_case(8));
const std::string large = name(all_reduce_case(1U << 30U));

/// Two cases of three launches, one of which lacks one, and a noise floor.
Baseline some_baseline() {
  Baseline baseline;
  add(baseline, evidence_of({{all_reduce_case(8), {0.1, 1.0 / 3, 1e-12}}, {all_reduce_case(1U << 30U), {1, 2}}}));
  baseline.noise.set(small,
                     {.change = 0.1 + 0.2, .comparisons = 7, .of_class = "all_reduce/nccl/latency/small/ranks:4"});
  baseline.noise.set("gone", {.change = 0.1, .comparisons = 3, .of_class = "another", .steady = false});
  baseline.calibrated = "2026-02-01T00:00:00Z";
  return baseline;
}

/// JSON tells all there is to a baseline, so equal texts are equal baselines.
void expect_same(const Baseline& a, const Baseline& b) { EXPECT_EQ(to_json(a).dump(1), to_json(b).dump(1)); }

TEST(Baseline, ComesBackExactlyAsItWas) {
  const Baseline before = some_baseline();
  const Baseline after = baseline_from_json(json::parse(to_json(before).dump()));
  expect_same(before, after);
  const Evidence& evidence = after.evidence;
  EXPECT_EQ(evidence.fingerprint, four_gpus());
  EXPECT_EQ(evidence.values.at("time").at(small).by_launch, (Values{0.1, 1.0 / 3, 1e-12}));
  EXPECT_EQ(evidence.values.at("time").at(large).by_launch, (Values{1, 2, std::nullopt}));
  EXPECT_EQ(evidence.cases, before.evidence.cases);
  EXPECT_EQ(evidence.launches.at(2).launch, launch_id("launch2"));
  EXPECT_EQ(evidence.launches.at(2).started, before.evidence.launches.at(2).started);
  EXPECT_EQ(evidence.launches.at(2).command, before.evidence.launches.at(2).command);
  EXPECT_EQ(evidence.launches.at(2).versions, before.evidence.launches.at(2).versions);
  EXPECT_EQ(evidence.launches.at(2).ranks, 4);
  EXPECT_EQ(after.noise.cases().at(small).change, 0.1 + 0.2);
  EXPECT_EQ(after.noise.cases().at(small).comparisons, 7U);
  EXPECT_TRUE(after.noise.cases().at(small).steady);
  EXPECT_EQ(after.noise.cases().at("gone").of_class, "another");
  EXPECT_FALSE(after.noise.cases().at("gone").steady);
  EXPECT_EQ(after.calibrated, before.calibrated);
}

TEST(Baseline, AnyValueAndAnyNameSurvive) {
  constexpr std::uint64_t seed = 20260131;
  RandomMeasurements random{seed};
  std::vector<std::pair<Case, std::vector<double>>> cases;
  for (int i = 0; i < 50; ++i) {
    const Measurement m = random.next();
    Case what = m.what;
    what.ranks = std::min(what.ranks, 4);  // as many as its launches have
    cases.emplace_back(what, std::vector{random.time(), random.time()});
  }
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  Baseline baseline;
  add(baseline, evidence_of(cases));
  baselines.put(baseline);
  const Baseline after = baselines.find(baseline.evidence.fingerprint_id).value();
  expect_same(baseline, after);
  EXPECT_EQ(after.evidence.cases, baseline.evidence.cases);
}

TEST(Baseline, UnknownFieldsAreIgnored) {
  json object = to_json(some_baseline());
  object["schema"] = "1.99";
  object["mood"] = {1, 2};
  object["launches"][0]["mood"] = "good";
  object["cases"][small]["mood"] = json();
  object["noise"].begin().value()["mood"] = 1;
  expect_same(baseline_from_json(object), some_baseline());
}

TEST(Baseline, ThoseOfEarlierMinorSchemaHaveFloorsOfClassesAlone) {
  json object = to_json(some_baseline());
  object["schema"] = "1.0";
  object["noise"] = {{"all_reduce/nccl/latency/small/ranks:4", {{"change", 0.25}, {"comparisons", 7}}}};
  Baseline before = baseline_from_json(object);
  EXPECT_EQ(before.noise.find(all_reduce_case(8))->change, 0.25);
  expect_same(before, baseline_from_json(to_json(before)));
  NoiseFloors newer;
  newer.set(small, {.change = 0.01, .comparisons = 1, .of_class = case_class(all_reduce_case(8)), .steady = false});
  before.noise.merge(newer);
  EXPECT_EQ(before.noise.find(all_reduce_case(8))->change, 0.01) << "measured anew";
}

// Up to 1.1 they came from the median step: two measures under one name would be compared.
TEST(Baseline, SamplesPerSecondOfTheMedianAreNotThoseOfTheTotalTime) {
  Baseline baseline;
  add(baseline, evidence_of({{all_reduce_case(8), {7}}}, "samples_per_second"));
  json object = to_json(baseline);
  EXPECT_EQ(baseline_from_json(object).evidence.values.count("samples_per_second"), 1U);
  for (const char* const before : {"1.0", "1.1"}) {
    object["schema"] = before;
    EXPECT_EQ(baseline_from_json(object).evidence.values.count("samples_per_second"), 0U) << before;
  }
}

TEST(Baseline, AnotherMajorSchemaIsRefused) {
  json object = to_json(some_baseline());
  for (const char* const schema : {"2.0", "10.0", "0.9", "", "one"}) {
    object["schema"] = schema;
    EXPECT_TRUE(contains(baseline_error(object), "reads 1.x")) << schema;
  }
}

TEST(Baseline, FieldsThatAreMissingOrIllTypedAreNamed) {
  const json whole = to_json(some_baseline());
  for (const char* const field : {"type", "schema", "fingerprint", "fingerprint_id", "launches", "cases"}) {
    json object = whole;
    object.erase(field);
    EXPECT_TRUE(contains(baseline_error(object), fmt::format("'{}'", field))) << baseline_error(object);
    for (const json& other : {json(), json(-1.5), json("text"), json::array({1}), json{{"a", 1}}}) {
      if (other.type() == whole.at(field).type() && other.is_string()) continue;
      object[field] = other;
      EXPECT_NE(baseline_error(object), "") << field << " as " << other;
    }
  }
  json object = whole;
  object["cases"][small]["values"]["time"] = {1, 2};
  EXPECT_TRUE(contains(baseline_error(object), "one entry a launch"));
  object["cases"][small]["values"]["time"] = {1, 2, "3"};
  EXPECT_TRUE(contains(baseline_error(object), "'values'"));
  for (const json& other : {json(), json(1), json("text"), json::array({1})}) {
    object = whole;
    object["cases"][small] = other;
    EXPECT_NE(baseline_error(object), "") << other;
    object = whole;
    object["noise"].begin().value() = other;
    EXPECT_NE(baseline_error(object), "") << other;
  }
  for (const double absurd : {-0.1, 1e6}) {
    object = whole;
    object["noise"].begin().value()["change"] = absurd;
    EXPECT_TRUE(contains(baseline_error(object), "'change'")) << absurd;
  }
  for (const json& other : {json(), json(1), json("text"), json::array({1}), json{{"type", "launch"}}}) {
    EXPECT_NE(baseline_error(other), "") << other;
  }
}

TEST(Baseline, AFileCutOffAnywhereIsRefusedByName) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  const std::string& id = some_baseline().evidence.fingerprint_id;
  baselines.put(some_baseline());
  const fs::path path = folder.path() / (id + ".json");
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_EQ(text.substr(text.size() - 2), "}\n");
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << text.substr(0, length);
    try {
      static_cast<void>(baselines.find(id));
      FAIL() << "cut off after " << length << " of " << text.size() << " bytes";
    } catch (const UsageError& error) {
      ASSERT_TRUE(contains(error.what(), path.string())) << error.what();
    }
  }
  std::ofstream{path, std::ios::binary | std::ios::trunc} << text.substr(0, text.size() - 1);
  expect_same(baselines.find(id).value(), some_baseline());
}

TEST(Baseline, WhatCannotBeReadIsNotNothing) {
  const TemporaryFolder folder;
  EXPECT_FALSE(BaselineFolder{folder.path()}.find("0123456789abcdef").has_value());
  EXPECT_FALSE(BaselineFolder{folder.path() / "none"}.find("0123456789abcdef").has_value());
  EXPECT_TRUE(BaselineFolder{folder.path() / "none"}.ids().empty());
  fs::create_directory(folder.path() / "0123456789abcdef.json");
  EXPECT_THROW(static_cast<void>(BaselineFolder{folder.path()}.find("0123456789abcdef")), UsageError);
  std::ofstream{folder.path() / "a_file"} << "x";
  EXPECT_THROW(BaselineFolder{folder.path() / "a_file"}.put(some_baseline()), UsageError);
}

TEST(Baseline, AnIdThatIsNoneNamesNoFile) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path() / "in"};
  for (const char* const id : {"", "../0123456789ab", "0123456789ABCDEF", "0123456789abcdef0"}) {
    Baseline baseline = some_baseline();
    baseline.evidence.fingerprint_id = id;
    EXPECT_THROW(baselines.put(baseline), UsageError) << id;
    EXPECT_THROW(static_cast<void>(baselines.find(id)), UsageError) << id;
  }
}

TEST(Baseline, AFileIsOfTheMachineThatItIsCalledAfter) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  baselines.put(some_baseline());
  fs::rename(folder.path() / (some_baseline().evidence.fingerprint_id + ".json"),
             folder.path() / "0123456789abcdef.json");
  EXPECT_THROW(static_cast<void>(baselines.find("0123456789abcdef")), UsageError);
}

TEST(Baseline, WritersThatLockTheFolderLoseNothing) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path() / "shared"};
  constexpr int writers = 8;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < writers; ++i) {
      all.emplace_back([&baselines, i] {
        const BaselineFolder::Lock lock = baselines.lock();
        Baseline baseline = baselines.find(id(four_gpus())).value_or(Baseline{});
        add(baseline, evidence_of({{all_reduce_case(8), {1.0, 2.0}}}, "time", fmt::format("writer{}-", i)));
        baselines.put(baseline);
      });
    }
  }
  EXPECT_EQ(baselines.find(id(four_gpus())).value().evidence.launches.size(), 2U * writers);
}

TEST(Baseline, LaunchesCanBeLeftOut) {
  Baseline baseline;
  add(baseline, evidence_of({{all_reduce_case(8), {1.0, 2.0, 3.0}}, {all_reduce_case(16), {4.0}}}));
  EXPECT_EQ(leave_out(baseline, evidence_of({{all_reduce_case(8), {9.0}}}).launches), 1U);
  EXPECT_EQ(baseline.evidence.launches.size(), 2U);
  EXPECT_EQ(baseline.evidence.values.at("time").at(small).by_launch, (Values{2.0, 3.0}));
  EXPECT_EQ(baseline.evidence.cases.size(), 1U) << "what only the other measured is gone";
  EXPECT_EQ(leave_out(baseline, {}), 0U);
}

TEST(Baseline, FoldersHoldOneFileEach) {
  const TemporaryFolder folder;
  const std::filesystem::path made = folder.path() / "made" / "by itself";
  const BaselineFolder baselines{made};
  Baseline other = some_baseline();
  other.evidence.fingerprint = a_host();
  other.evidence.fingerprint_id = id(a_host());
  baselines.put(some_baseline());
  baselines.put(other);
  std::vector<std::string> ids{id(a_host()), id(four_gpus())};
  std::ranges::sort(ids);
  EXPECT_EQ(baselines.ids(), ids);
  expect_same(baselines.find(id(a_host())).value(), other);
  std::filesystem::remove(made / (id(four_gpus()) + ".json"));
  std::ofstream{made / "notes.json"} << "{}";
  EXPECT_EQ(baselines.ids(), std::vector{id(a_host())}) << "other files are passed over";
}

TEST(Baseline, AddTakesOnlyLaunchesThatItLacks) {
  Baseline baseline;
  add(baseline, evidence_of({{all_reduce_case(8), {1, 2}}}));
  Evidence more = evidence_of({{all_reduce_case(8), {10, 20, 3, 40}}, {all_reduce_case(1U << 30U), {10, 20, 30, 40}}});
  more.launches[3].excluded = "tainted: throttled";
  for (const auto& values : {small, large}) more.values["time"][values].by_launch[3].reset();
  add(baseline, more);
  const Evidence& evidence = baseline.evidence;
  ASSERT_EQ(evidence.launches.size(), 3U);
  EXPECT_EQ(evidence.launches[2].launch, launch_id("launch2"));
  EXPECT_EQ(evidence.launches[2].file, "") << "where it once was is of no use elsewhere";
  EXPECT_EQ(evidence.values.at("time").at(small).by_launch, (Values{1, 2, 3}));
  EXPECT_EQ(evidence.values.at("time").at(large).by_launch, (Values{std::nullopt, std::nullopt, 30}));
  EXPECT_TRUE(evidence.cases.contains(large));
  const Baseline before = baseline;
  add(baseline, more);
  expect_same(baseline, before);
}

TEST(Baseline, AddTakesANewMetric) {
  Baseline baseline;
  add(baseline, evidence_of({{all_reduce_case(8), {1, 2}}}));
  add(baseline, evidence_of({{all_reduce_case(8), {7}}}, "busbw", "other"));
  EXPECT_EQ(baseline.evidence.values.at("time").at(small).by_launch, (Values{1, 2, std::nullopt}));
  EXPECT_EQ(baseline.evidence.values.at("busbw").at(small).by_launch, (Values{std::nullopt, std::nullopt, 7}));
  expect_same(baseline_from_json(to_json(baseline)), baseline);
}

TEST(Baseline, AddMakesNoCaseOfExcludedLaunches) {
  Evidence evidence = evidence_of({{all_reduce_case(8), {1}}});
  evidence.launches[0].excluded = "cut off";
  evidence.values["time"][small].by_launch[0].reset();
  evidence.values["time"][small].wrong = {"launch " + launch_id("launch0") + ": wrong"};
  Baseline baseline;
  add(baseline, evidence);
  EXPECT_TRUE(baseline.evidence.launches.empty());
  EXPECT_TRUE(baseline.evidence.cases.empty());
}

TEST(Baseline, KeepLatestGoesByTheStart) {
  Baseline baseline;
  Evidence evidence = evidence_of({{all_reduce_case(8), {1, 2, 3, 4}}, {all_reduce_case(1U << 30U), {10}}});
  evidence.launches[1].started = "2027-01-01T00:00:00Z";  // added second, started last
  add(baseline, evidence);
  baseline.noise = some_baseline().noise;
  keep_latest(baseline, 9);
  EXPECT_EQ(baseline.evidence.launches.size(), 4U);
  EXPECT_EQ(baseline.evidence.values.at("time").at(small).by_launch, (Values{1, 3, 4, 2}));
  keep_latest(baseline, 2);
  EXPECT_EQ(baseline.evidence.launches.size(), 2U);
  EXPECT_EQ(baseline.evidence.launches.back().launch, launch_id("launch1"));
  EXPECT_EQ(baseline.evidence.values.at("time").at(small).by_launch, (Values{4, 2}));
  EXPECT_FALSE(baseline.evidence.cases.contains(large)) << "none of those left measured it";
  EXPECT_FALSE(baseline.evidence.values.at("time").contains(large));
  EXPECT_EQ(baseline.noise.cases().size(), 2U);
}

Baseline baseline_of(const Fingerprint& fingerprint) {
  Baseline baseline = some_baseline();
  baseline.evidence.fingerprint = fingerprint;
  baseline.evidence.fingerprint_id = id(fingerprint);
  return baseline;
}

TEST(Baseline, TheNearestMachineIsTheOneThatDiffersLeast) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  EXPECT_FALSE(baselines.nearest(four_gpus()).has_value());
  Fingerprint near = four_gpus();
  near.gpu = "NVIDIA H100 80GB HBM3";
  Fingerprint far = near;
  far.cores = 8;
  baselines.put(baseline_of(far));
  baselines.put(baseline_of(near));
  std::ofstream{folder.path() / "0123.json"} << "broken";  // another machine's, which is not asked for
  const BaselineFolder::Nearest nearest = baselines.nearest(four_gpus()).value();
  EXPECT_EQ(nearest.fingerprint_id, id(near));
  EXPECT_EQ(nearest.differences, std::vector<std::string>{"gpu: NVIDIA H100 80GB HBM3 there, NVIDIA H200 here"});
}

TEST(Baseline, TheNearestMachineMayHaveNoGpu) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  baselines.put(baseline_of(a_host()));
  EXPECT_EQ(baselines.nearest(four_gpus()).value().differences,
            (std::vector<std::string>{"gpu: none there, NVIDIA H200 here", "gpus: 0 there, 4 here",
                                      "gpus_per_node: none there, 4 here", "link: none there, NVLink 450 GB/s here"}));
  std::filesystem::remove(folder.path() / (id(a_host()) + ".json"));
  baselines.put(baseline_of(four_gpus()));
  EXPECT_EQ(baselines.nearest(a_host()).value().differences,
            (std::vector<std::string>{"gpu: NVIDIA H200 there, none here", "gpus: 4 there, 0 here",
                                      "gpus_per_node: 4 there, none here", "link: NVLink 450 GB/s there, none here"}));
}

TEST(Baseline, SoftwareThatChangedIsSaid) {
  const auto launches = [](std::vector<Versions> all) {
    std::vector<LaunchSummary> made;
    for (Versions& one : all) made.emplace_back().versions = std::move(one);
    return made;
  };
  const auto same = launches({{{"nccl", "2.27.3"}, {"mpi", "4.1"}}});
  EXPECT_TRUE(changed_software(same, same).empty());
  EXPECT_EQ(changed_software(same, launches({{{"nccl", "2.28.3"}, {"mpi", "4.1"}}})),
            std::vector<std::string>{"nccl 2.27.3 -> 2.28.3"});
  EXPECT_EQ(changed_software(same, launches({{{"nccl", "2.27.3"}, {"mpi", "4.1"}}, {{"nccl", "2.28.3"}}})),
            std::vector<std::string>{"nccl 2.27.3 -> 2.27.3, 2.28.3"});
  EXPECT_EQ(changed_software(same, launches({{{"nccl", "2.27.3"}, {"cuda", "13"}}})),
            (std::vector<std::string>{"cuda none -> 13", "mpi 4.1 -> none"}));
  const auto known = launches({{{"commit", "1a2b3c"}}});
  EXPECT_TRUE(changed_software(known, known).empty());
  for (const std::string commit : {"unknown", "1a2b3c-dirty"}) {
    const auto nobody_knows = launches({{{"commit", commit}}});
    EXPECT_EQ(changed_software(nobody_knows, nobody_knows),
              std::vector<std::string>{"commit " + commit + " -> " + commit + ", which need not be one build"});
    const auto among_others = launches({{{"commit", "0"}}, {{"commit", commit}}});
    EXPECT_EQ(changed_software(among_others, among_others).size(), 1U);
  }
}

}  // namespace
}  // namespace lanemark
