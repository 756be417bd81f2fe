// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/evidence.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/record/temporary_folder.hpp"

// Records and baselines from before a fingerprint told its processors match by the fields that they have.

namespace lanemark {
namespace {

namespace fs = std::filesystem;

Fingerprint host_with(std::optional<int> processors) {
  Fingerprint f = a_host();
  f.processors = processors;
  return f;
}

Baseline baseline_of(const Fingerprint& machine, const std::string& launch) {
  const TemporaryFolder folder;
  const fs::path file = written(
      folder.path(),
      {.launch = launch_id(launch), .measurements = {measurement_of(all_reduce_case(), 1)}, .fingerprint = machine});
  const Metric* const metrics[] = {&metric("time")};
  Baseline baseline;
  add(baseline, gather_evidence(std::vector{file}, metrics).front());
  return baseline;
}

std::string launch_in(const std::optional<Baseline>& baseline) {
  return baseline ? baseline->evidence.launches.front().launch : "none";
}

TEST(SameMachine, MatchesByTheFieldsThatBothHave) {
  EXPECT_TRUE(same_machine(host_with(2), host_with(2)));
  EXPECT_FALSE(same_machine(host_with(2), host_with(1)));
  EXPECT_TRUE(same_machine(host_with(2), host_with({})));
  EXPECT_TRUE(same_machine(host_with({}), host_with(1)));
  EXPECT_FALSE(same_machine(host_with({}), four_gpus()));
}

TEST(SameMachine, ProcessorsAreInTheIdOnlyWhereTheyAreKnown) {
  EXPECT_EQ(id(host_with({})), id(a_host()));
  EXPECT_NE(id(host_with(2)), id(host_with(1)));
  EXPECT_EQ(fingerprint_from_json(to_json(host_with(2))), host_with(2));
}

TEST(SameMachine, AnOlderBaselineIsFoundUnlessThereIsAnExactOne) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  baselines.put(baseline_of(host_with({}), "older"));
  EXPECT_EQ(launch_in(baselines.find(host_with(2))), launch_id("older"));
  EXPECT_EQ(launch_in(baselines.find(host_with(1))), launch_id("older"));
  baselines.put(baseline_of(host_with(2), "exact"));
  EXPECT_EQ(launch_in(baselines.find(host_with(2))), launch_id("exact"));
  EXPECT_EQ(launch_in(baselines.find(host_with(1))), launch_id("older"));
  EXPECT_EQ(launch_in(baselines.find(four_gpus())), "none");
}

TEST(SameMachine, AnOlderRunFindsTheOnlyOneThatItMayBe) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  baselines.put(baseline_of(host_with(2), "two"));
  EXPECT_EQ(launch_in(baselines.find(host_with({}))), launch_id("two"));
  EXPECT_EQ(launch_in(baselines.find(host_with(1))), "none");
  baselines.put(baseline_of(host_with(1), "one"));
  EXPECT_EQ(launch_in(baselines.find(host_with({}))), "none");
}

TEST(SameMachine, AnOlderBaselineThatIsAddedToGetsTheField) {
  const TemporaryFolder folder;
  const BaselineFolder baselines{folder.path()};
  baselines.put(baseline_of(host_with({}), "older"));
  const Baseline added =
      baselines.update(host_with(2), [](Baseline& one) { add(one, baseline_of(host_with(2), "newer").evidence); });
  EXPECT_EQ(added.evidence.launches.size(), 2U);
  EXPECT_EQ(baselines.ids(), std::vector{id(host_with(2))});
  EXPECT_EQ(baselines.find(host_with(2))->evidence.launches.size(), 2U);
}

TEST(SameMachine, LaunchesWithAndWithoutTheFieldAreOneEvidence) {
  const TemporaryFolder folder;
  const auto launch = [&](const std::string& called, std::optional<int> processors) {
    return written(folder.path(), {.launch = launch_id(called),
                                   .measurements = {measurement_of(all_reduce_case(), 1)},
                                   .fingerprint = host_with(processors)});
  };
  const Metric* const metrics[] = {&metric("time")};
  const std::vector<fs::path> two{launch("old", {}), launch("new", 2)};
  const std::vector<Evidence> one = gather_evidence(two, metrics);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one.front().launches.size(), 2U);
  EXPECT_EQ(one.front().fingerprint_id, id(host_with(2)));
  const std::vector<fs::path> three{two[0], two[1], launch("bound", 1)};
  EXPECT_EQ(gather_evidence(three, metrics).size(), 3U);
}

TEST(Evidence, ADisturbedCaseHasNoValueAndSaysWhy) {
  const TemporaryFolder folder;
  Measurement disturbed = measurement_of(all_reduce_case(), 1);
  disturbed.processors = ProcessorUse{.available = Seconds{20}, .others = Seconds{10}, .window = Seconds{10}};
  Measurement quiet = measurement_of(all_reduce_case(8), 1);
  quiet.processors = ProcessorUse{.available = Seconds{1e4}, .others = Seconds{0}, .window = Seconds{5e3}};
  const std::vector<fs::path> files{
      written(folder.path(), {.launch = launch_id("one"), .measurements = {disturbed, quiet}})};
  const Metric* const metrics[] = {&metric("time")};
  const Evidence evidence = gather_evidence(files, metrics).front();
  EXPECT_EQ(evidence.counted(), 1U);
  const CaseValues& values = evidence.values.at("time").at(name(disturbed.what));
  EXPECT_TRUE(values.values().empty());
  EXPECT_NE(values.skipped.find("other processes took 50 %"), std::string::npos) << values.skipped;
  EXPECT_EQ(evidence.values.at("time").at(name(quiet.what)).values().size(), 1U);
}

}  // namespace
}  // namespace lanemark
