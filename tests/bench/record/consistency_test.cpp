// SPDX-License-Identifier: MIT

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/record/fields.hpp"
#include "tests/bench/record/random_measurement.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/record/whole_record.hpp"

// What one field of a record says of another.

namespace lanemark {
namespace {

using nlohmann::json;

struct Mutation {
  std::string what;
  std::function<void(WholeRecord&)> change;
  std::string refusal;  ///< with its line; empty where it is to be read
};

void identify(WholeRecord& record) {
  record.header["fingerprint_id"] = id(fingerprint_from_json(record.header["fingerprint"]));
}

/// As on a machine without any.
void without_gpus(WholeRecord& record) {
  for (const char* const field : {"gpu", "gpus_per_node", "link"}) record.header["fingerprint"].erase(field);
  record.header["fingerprint"]["gpus"] = 0;
  identify(record);
  for (json* const line : {&record.header, &record.measurement, &record.footer}) line->erase("gpus");
  record.measurement["device"] = "host";
}

void end_after(WholeRecord& record, std::chrono::seconds took) {
  const auto start = moment_of(record.header["started"].get<std::string>()).value();
  const auto end = (start + took).time_since_epoch().count();
  record.footer["ended"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(end)));
}

/// An all_reduce of 1024 bytes over 4 ranks.
void collective(WholeRecord& record, std::uint64_t bytes, double bus_factor) {
  json& m = record.measurement;
  m["case"] = case_json({.suite = "collectives", .operation = "all_reduce", .size = Bytes{1024}, .ranks = 4});
  m["name"] = name(case_from_json(m["case"]));
  m["work"]["bytes"] = bytes;
  m["work"]["bus_factor"] = bus_factor;
}

const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> all{
      {"nothing", [](WholeRecord&) {}, ""},
      {"another CPU under the old id", [](WholeRecord& r) { r.header["fingerprint"]["cpu"] = "another"; },
       "1: field 'fingerprint_id' is"},
      {"another id", [](WholeRecord& r) { r.header["fingerprint_id"] = "0123456789abcdef"; },
       "1: field 'fingerprint_id' is 0123456789abcdef, and"},
      {"more ranks than its nodes take", [](WholeRecord& r) { r.header["ranks"] = 5; }, "1: field 'ranks' is 5 on"},
      {"fewer ranks than its nodes take",
       [](WholeRecord& r) {
         r.header["fingerprint"]["nodes"] = 3;
         identify(r);
       },
       ""},
      {"nodes and ranks beyond 32 bits",
       [](WholeRecord& r) {
         r.header["fingerprint"]["nodes"] = r.header["fingerprint"]["ranks_per_node"] = 1'000'000;
         r.header["ranks"] = 1'000'000;
         identify(r);
       },
       ""},
      {"a GPU without GPUs",
       [](WholeRecord& r) {
         r.header["fingerprint"]["gpus"] = 0;
         r.header["fingerprint"]["gpus_per_node"] = 0;
       },
       "1: field 'gpu' is named"},
      {"more GPUs than its nodes have", [](WholeRecord& r) { r.header["fingerprint"]["gpus"] = 9; },
       "1: field 'gpus' is 9"},
      {"a GPU of a rank that is not there", [](WholeRecord& r) { r.header["gpus"][0]["rank"] = 4; },
       "1: field 'gpus' has one of rank 4"},
      {"such a GPU at the end", [](WholeRecord& r) { r.footer["gpus"][0]["rank"] = 4; },
       "3: field 'gpus' has one of rank 4"},
      {"a GPU that more ranks share than there are", [](WholeRecord& r) { r.header["gpus"][0]["shared_by"] = 5; },
       "1: field 'shared_by' is 5, and the launch has 4"},
      {"another name", [](WholeRecord& r) { r.measurement["name"] = "all_reduce"; }, "2: field 'name' is 'all_reduce'"},
      {"another case under the old name", [](WholeRecord& r) { r.measurement["case"]["mode"] = "latency"; },
       "2: field 'name' is"},
      {"more ranks than the launch",
       [](WholeRecord& r) {
         r.measurement["case"]["ranks"] = 5;
         r.measurement["name"] = name(case_from_json(r.measurement["case"]));
         r.measurement["training"]["bytes_sent"].push_back(1);
         r.measurement["training"]["peak_memory_bytes"].push_back(1);
       },
       "2: field 'ranks' is 5, and the launch has 4"},
      {"a name of many parts",
       [](WholeRecord& r) {
         for (int i = 0; i < 9; ++i) {
           r.measurement["case"]["labels"].push_back({{"key", "k"}, {"value", std::string(500, 'x')}});
         }
         r.measurement["name"] = "";
       },
       "2: field 'case' makes a name of"},
      {"fewer slowest ranks than samples", [](WholeRecord& r) { r.measurement["slowest_rank"].erase(0); },
       "2: field 'slowest_rank' has 2 ranks of 3 samples"},
      {"a slowest rank that took no part", [](WholeRecord& r) { r.measurement["slowest_rank"][1] = 4; },
       "2: field 'slowest_rank' has rank 4"},
      {"skipped and measured", [](WholeRecord& r) { r.measurement["skipped"] = "did not fit"; },
       "2: field 'skipped' says"},
      {"a step of no samples", [](WholeRecord& r) { r.measurement["work"]["samples"] = 0; },
       "2: field 'samples' of a training step are none"},
      {"a group without ranks", [](WholeRecord& r) { r.measurement["groups"][0]["ranks"] = json::array(); },
       "2: field 'groups' has one without ranks"},
      {"a rank in two groups",
       [](WholeRecord& r) {
         r.measurement["groups"][0]["ranks"] = {0, 2};
       },
       "2: field 'groups' has rank 2 twice"},
      {"a group of others",
       [](WholeRecord& r) {
         r.measurement["groups"][0]["ranks"] = {0, 4};
       },
       "2: field 'groups' has rank 4"},
      {"bytes sent of more ranks", [](WholeRecord& r) { r.measurement["training"]["bytes_sent"].push_back(1); },
       "2: field 'bytes_sent' has 5 entries, and the case 4 ranks"},
      {"memory of fewer ranks", [](WholeRecord& r) { r.measurement["training"]["peak_memory_bytes"].erase(0); },
       "2: field 'peak_memory_bytes' has 3 entries"},
      {"a count too many", [](WholeRecord& r) { r.footer["measurements"] = 2; }, "3: field 'measurements' is 2"},
      {"a launch that says it did not end",
       [](WholeRecord& r) {
         r.footer["complete"] = false;
         r.footer["ended_by"] = "SIGTERM came";
         r.footer["measurements"] = 2;
       },
       ""},
      {"a launch that did not end for no reason", [](WholeRecord& r) { r.footer["complete"] = false; },
       "3: field 'complete' is false"},
      {"a launch that ended and did not", [](WholeRecord& r) { r.footer["ended_by"] = "SIGTERM came"; },
       "3: field 'complete' is true"},
      {"tainted for no reason", [](WholeRecord& r) { r.footer.erase("taints"); }, "3: field 'tainted' is true"},
      {"not tainted for a reason", [](WholeRecord& r) { r.footer["tainted"] = false; }, "3: field 'tainted' is false"},
      {"not tainted by a GPU that was slowed down",
       [](WholeRecord& r) {
         r.footer["tainted"] = false;
         r.footer.erase("taints");
       },
       "3: field 'tainted' is false, and by the lines before it is"},
      {"a pair of a collective beyond its ranks",
       [](WholeRecord& r) {
         r.measurement["case"]["suite"] = "collectives";
         r.measurement["case"]["labels"] = {{{"key", "pair"}, {"value", "0>99999999999999999999"}}};
       },
       "2: field 'labels' has rank"},
      {"GPUs where the machine has none",
       [](WholeRecord& r) {
         without_gpus(r);
         r.header["gpus"] = whole_record().header["gpus"];
       },
       "1: field 'gpus' has some, and the fingerprint none"},
      {"a case of a GPU that is not there",
       [](WholeRecord& r) {
         without_gpus(r);
         r.measurement["device"] = "cuda";
       },
       "2: field 'device' is cuda, and the fingerprint has no GPUs"},
      {"its use of one that is not there",
       [](WholeRecord& r) {
         without_gpus(r);
         r.measurement["gpus"] = whole_record().measurement["gpus"];
       },
       "2: field 'gpus' has some, and the fingerprint none"},
      {"GPUs at the end alone",
       [](WholeRecord& r) {
         without_gpus(r);
         r.footer["gpus"] = whole_record().footer["gpus"];
       },
       "3: field 'gpus' has some, and the fingerprint none"},
      {"no GPU anywhere", [](WholeRecord& r) { without_gpus(r); }, ""},
      {"correct without samples",
       [](WholeRecord& r) {
         r.measurement["verdict"] = {{"kind", "correct"}};
         r.measurement["samples_seconds"] = r.measurement["slowest_rank"] = json::array();
       },
       "2: field 'verdict' is correct, and"},
      {"samples of no operation", [](WholeRecord& r) { r.measurement["operations_per_sample"] = 0; },
       "2: field 'operations_per_sample' is 0"},
      {"an end before the start", [](WholeRecord& r) { end_after(r, std::chrono::seconds{-3601}); },
       "3: field 'ended' is"},
      {"an end before the start by a clock that was set",
       [](WholeRecord& r) { end_after(r, std::chrono::seconds{-3600}); }, ""},
      {"more bytes than the case has", [](WholeRecord& r) { collective(r, 1025, 1); }, "2: field 'bytes' is 1025, and"},
      {"its bytes", [](WholeRecord& r) { collective(r, 1024, 1.5); }, ""},
      {"no bytes", [](WholeRecord& r) { collective(r, 0, 1.5); }, ""},
      {"a bus factor that no all_reduce of 4 ranks has", [](WholeRecord& r) { collective(r, 1024, 1.51); },
       "2: field 'bus_factor' is 1.51, and that of all_reduce over 4 ranks at most 1.5"},
      {"one that a collective has which nobody knows",
       [](WholeRecord& r) {
         collective(r, 1024, 16);
         r.measurement["case"]["operation"] = "a_later_one";
         r.measurement["name"] = name(case_from_json(r.measurement["case"]));
       },
       ""},
  };
  return all;
}

TEST(Consistency, FieldsAgree) {
  for (const Mutation& one : mutations()) {
    WholeRecord record = whole_record();
    one.change(record);
    const std::string refusal = refusal_of(record.text());
    if (one.refusal.empty()) EXPECT_EQ(refusal, "") << one.what;
    else EXPECT_TRUE(refusal.starts_with("its.jsonl:" + one.refusal)) << one.what << ": " << refusal;
  }
}

TEST(Consistency, ALaunchThatDidNotEndIsNotWhole) {
  WholeRecord record = whole_record();
  record.footer["complete"] = false;
  record.footer["ended_by"] = "SIGTERM came";
  EXPECT_FALSE(read_launch_text(record.text(), "").complete());
}

TEST(Consistency, ACaseIsMeasuredOnceInEachRepetition) {
  WholeRecord record = whole_record();
  const std::string header = record.header.dump() + '\n';
  const std::string once = record.measurement.dump() + '\n';
  record.measurement["repetition"] = 1;
  EXPECT_EQ(refusal_of(header + once + record.measurement.dump() + '\n'), "");
  EXPECT_TRUE(refusal_of(header + once + once).starts_with("its.jsonl:3: field 'name' and 'repetition' are"));
}

/// Whatever libraries and drivers said.
TEST(Recorder, WhatItWritesIsRead) {
  const TemporaryFolder folder;
  RandomMeasurements random;
  LaunchHeader header = header_from_json(whole_record().header);
  header.gpus.clear();
  Recorder recorder{folder.path(), header};
  Measurement m = random.next();
  m.what.ranks = 1;
  m.groups.clear();
  m.training.reset();
  m.samples.clear();
  m.slowest_rank.clear();
  m.skipped = std::string(100'000, 'x');  // what a library said
  m.verdict = {.kind = Verdict::Kind::unverified, .detail = std::string(100'000, '\xff')};
  recorder.write(m);
  GpuState gpu;
  gpu.name = "a GPU";
  gpu.bus_id = "0000:01:00.0";
  gpu.sm_clock_mhz = -1;  // what no GPU can have is not told
  gpu.power_watts = 4e9;
  const Launch launch = read_launch(recorder.finish({.gpus = {gpu}}));
  EXPECT_TRUE(launch.complete());
  EXPECT_TRUE(launch.measurements.front().skipped.starts_with("xxx"));
  EXPECT_EQ(launch.footer->gpus.front().power_watts, std::nullopt);
}

TEST(Recorder, AHeaderThatCouldNotBeReadIsNotWritten) {
  const TemporaryFolder folder;
  LaunchHeader header = header_from_json(whole_record().header);
  header.environment["NCCL_ALGO"] = std::string(40'000, 'x');
  EXPECT_THROW(Recorder(folder.path(), header), UsageError);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Consistency, NothingStandsBehindTheFooter) {
  const std::string text = whole_record().text();
  for (const char* const behind : {"{}", "garbage", "{\"type\":\"measurement\",\"na", "\n", "garbage\n"}) {
    EXPECT_TRUE(refusal_of(text + behind).starts_with("its.jsonl:4: a line after the footer")) << behind;
  }
}

TEST(Consistency, WhatCouldNotBeRecordedIsNotVerified) {
  Measurement m = measurement_from_json(whole_record().measurement);
  m.verdict = {.kind = Verdict::Kind::correct};
  m.samples.front() = Seconds{0};
  const Measurement skipped = recordable(m);
  EXPECT_FALSE(skipped.skipped.empty());
  EXPECT_EQ(skipped.verdict.kind, Verdict::Kind::unverified);
  EXPECT_NO_THROW(measurement_from_json(to_json(skipped)));
}

TEST(Consistency, RecordsOfTheRepositoryAreRead) {
  int read = 0;
  for (const char* const folder : {"/results", "/tests/fuzz/corpus/record"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{LANEMARK_SOURCE_DIR + std::string{folder}}) {
      const std::filesystem::path& file = entry.path();
      if (file.extension() != ".jsonl" || file.filename().string().starts_with("hostile_")) continue;
      ++read;
      EXPECT_NO_THROW(read_launch(file)) << file;
    }
  }
  EXPECT_GT(read, 10);
}

TEST(Consistency, AKeyIsThereOnce) {
  for (const std::string_view key :
       {"samples_seconds", "ranks", "kind", "launch", "cpu", "complete", "NCCL_NVLS_ENABLE"}) {
    std::string text = whole_record().text();
    const std::string quoted = fmt::format("\"{}\":", key);
    const auto at = text.find(quoted);
    ASSERT_NE(at, std::string::npos);
    text.insert(at, quoted + "7,");
    EXPECT_NE(refusal_of(text).find(fmt::format("field '{}' is there twice in one object", key)), std::string::npos);
  }
}

}  // namespace
}  // namespace lanemark
