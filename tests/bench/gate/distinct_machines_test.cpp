// SPDX-License-Identifier: MIT

#include "bench/gate/distinct_machines.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/evidence.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/record/temporary_folder.hpp"

// Two machines of one id, which FNV-1a lets anybody make.

namespace lanemark {
namespace {

namespace fs = std::filesystem;

Fingerprint ours() {
  Fingerprint f;
  f.cpu = "a CPU";
  f.cores = 2;
  f.memory_gib = 24;
  f.ranks_per_node = 2;
  return f;
}

/// Made for the id of ours.
Fingerprint theirs() {
  Fingerprint f = ours();
  f.cpu = "Stranger CPU v0 pyXLJYoALyHzb8:h";
  f.cores = 64;
  return f;
}

fs::path record(const fs::path& folder, const std::string& called, const Fingerprint& machine) {
  Case what = all_reduce_case();
  what.ranks = 2;
  return written(
      folder,
      {.launch = launch_id(called), .ranks = 2, .measurements = {measurement_of(what, 1)}, .fingerprint = machine});
}

template <class Act>
std::string refusal_by(Act act) {
  try {
    act();
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

bool names_both(const std::string& text, const std::string& file) {
  return text.starts_with(file) && text.find("cores: 2 there, 64 here") != std::string::npos &&
         text.find("cpu: a CPU there, Stranger CPU") != std::string::npos;
}

TEST(DistinctMachines, OneIdOfTwo) {
  ASSERT_EQ(id(ours()), id(theirs()));
  DistinctMachines machines;
  machines.see(ours(), "a.jsonl");
  machines.see(four_gpus(), "b.jsonl");
  EXPECT_EQ(refusal_by([&] { machines.see(ours(), "c.jsonl"); }), "");
  const std::string refusal = refusal_by([&] { machines.see(theirs(), "d.jsonl"); });
  EXPECT_TRUE(names_both(refusal, "d.jsonl: ")) << refusal;
  EXPECT_NE(refusal.find("a.jsonl"), std::string::npos);
}

TEST(DistinctMachines, NoRecordCountsForAnotherMachine) {
  const TemporaryFolder folder;
  const std::vector<fs::path> files{record(folder.path(), "ours", ours()), record(folder.path(), "theirs", theirs())};
  const Metric* const metrics[] = {&metric("time")};
  EXPECT_EQ(gather_evidence(std::vector{files[1]}, metrics).size(), 1U);
  const std::string refusal = refusal_by([&] { gather_evidence(files, metrics); });
  EXPECT_TRUE(names_both(refusal, files[1].string())) << refusal;
}

TEST(DistinctMachines, NoBaselineIsFoundForAnotherMachine) {
  const TemporaryFolder folder;
  const TemporaryFolder records;
  const Metric* const metrics[] = {&metric("time")};
  const BaselineFolder baselines{folder.path()};
  Baseline baseline;
  baseline.evidence = gather_evidence(std::vector{record(records.path(), "ours", ours())}, metrics).front();
  baselines.put(baseline);
  EXPECT_TRUE(baselines.find(ours()));
  Fingerprint with_processors = theirs();
  with_processors.processors = 2;  // would be found by the fields that older ones have
  for (const Fingerprint& other : {theirs(), with_processors}) {
    const std::string refusal = refusal_by([&] { static_cast<void>(baselines.find(other)); });
    EXPECT_TRUE(names_both(refusal, (folder.path() / id(ours())).string() + ".json: ")) << refusal;
  }
}

}  // namespace
}  // namespace lanemark
