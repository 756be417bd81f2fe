// SPDX-License-Identifier: MIT

#include "bench/record/fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

RankHardware gpu_rank(const std::string& node, int gpu, int nvlink = 450) {
  return {.node = node,
          .cpu = "a CPU",
          .cores = 96,
          .memory_gib = 2048,
          .gpu = "a GPU",
          .gpu_bus_id = fmt::format("0000:{}", gpu),
          .nvlink_gbs = nvlink};
}

TEST(Fingerprint, Fnv1aMatchesThePublishedVectors) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325U);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8U);
}

TEST(Fingerprint, IdIsStable) {
  // A changed id orphans every stored baseline.
  const Fingerprint f{.gpu = "NVIDIA H200",
                      .gpus = 8,
                      .gpus_per_node = 8,
                      .link = "NVLink 450 GB/s",
                      .nodes = 1,
                      .ranks_per_node = 8,
                      .cpu = "a CPU",
                      .cores = 96,
                      .memory_gib = 2048};
  EXPECT_EQ(to_json(f).dump(),
            R"({"cores":96,"cpu":"a CPU","gpu":"NVIDIA H200","gpus":8,"gpus_per_node":8,"link":"NVLink 450 GB/s",)"
            R"("memory_gib":2048,"nodes":1,"ranks_per_node":8})");
  EXPECT_EQ(id(f), "a0ea9b8641846a9d");
}

TEST(Fingerprint, IdDoesNotHangOnTheOrderOfFields) {
  const Fingerprint f = fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1)});
  const nlohmann::json object = to_json(f);
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  std::ranges::shuffle(keys, std::mt19937_64{std::random_device{}()});
  std::vector<std::string> fields;
  for (const std::string& key : keys) fields.push_back(fmt::format("\"{}\":{}", key, object[key].dump()));
  const std::string text = fmt::format("{{{}}}", fmt::join(fields, ","));
  EXPECT_EQ(id(fingerprint_from_json(nlohmann::json::parse(text))), id(f));
}

TEST(Fingerprint, EveryFieldCounts) {
  const Fingerprint base{.gpu = "g", .gpus = 2, .gpus_per_node = 2, .link = "PCIe", .cpu = "c"};
  std::set<std::string> ids{id(base)};
  const std::vector<std::function<void(Fingerprint&)>> changes{
      [](Fingerprint& f) { f.gpu.push_back('x'); }, [](Fingerprint& f) { f.gpus = 3; },
      [](Fingerprint& f) { f.gpus_per_node = 1; },  [](Fingerprint& f) { f.link.push_back('x'); },
      [](Fingerprint& f) { f.nodes = 2; },          [](Fingerprint& f) { f.ranks_per_node = 2; },
      [](Fingerprint& f) { f.cpu.push_back('x'); }, [](Fingerprint& f) { f.cores = 1; },
      [](Fingerprint& f) { f.memory_gib = 1; },     [](Fingerprint& f) { f.ranks_per_gpu = 2; }};
  for (const auto& change : changes) {
    Fingerprint f = base;
    change(f);
    ids.insert(id(f));
  }
  EXPECT_EQ(ids.size(), changes.size() + 1);
}

TEST(Fingerprint, RoundTripsAndNamesWhatIsMissing) {
  const Fingerprint f = fingerprint_of({gpu_rank("a", 0), gpu_rank("b", 0)});
  EXPECT_EQ(fingerprint_from_json(to_json(f)), f);
  nlohmann::json without = to_json(f);
  without.erase("cores");
  EXPECT_THROW(fingerprint_from_json(without), Error);
}

TEST(Fingerprint, CombinesRanksOfNodes) {
  const Fingerprint f = fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1), gpu_rank("b", 0), gpu_rank("b", 1)});
  EXPECT_EQ(f.gpus, 4);
  EXPECT_EQ(f.gpus_per_node, 2);
  EXPECT_EQ(f.nodes, 2);
  EXPECT_EQ(f.ranks_per_node, 2);
  EXPECT_EQ(f.link, "NVLink 450 GB/s");
  EXPECT_EQ(to_json(f).dump().find("node\":\"a"), std::string::npos);
}

TEST(Fingerprint, HostNamesAndTheOrderOfRanksDoNotCount) {
  EXPECT_EQ(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1), gpu_rank("b", 0)}),
            fingerprint_of({gpu_rank("y", 5), gpu_rank("x", 3), gpu_rank("x", 4)}));
}

TEST(Fingerprint, RanksThatShareAGpuCountItOnce) {
  const Fingerprint f = fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 0)});
  EXPECT_EQ(f.gpus, 1);
  EXPECT_EQ(f.ranks_per_node, 2);
  EXPECT_EQ(f.link, "");
}

TEST(Fingerprint, SharedGpusAreAnotherMachine) {
  // What shares is compared with what shares alike, and never with what does not.
  const std::vector<std::vector<RankHardware>> launches{
      {gpu_rank("a", 0), gpu_rank("a", 1)},
      {gpu_rank("a", 0), gpu_rank("a", 0)},
      {gpu_rank("a", 0), gpu_rank("a", 0), gpu_rank("a", 1)},
      {gpu_rank("a", 0), gpu_rank("a", 1), gpu_rank("a", 2)},
      {gpu_rank("a", 0), gpu_rank("a", 1), gpu_rank("b", 0)},
      // Numbers of GPUs and ranks on the node with the most are those of the one before.
      {gpu_rank("a", 0), gpu_rank("a", 1), gpu_rank("b", 0), gpu_rank("b", 0)}};
  std::set<std::string> ids;
  for (const auto& ranks : launches) ids.insert(id(fingerprint_of(ranks)));
  EXPECT_EQ(ids.size(), launches.size());
  EXPECT_EQ(fingerprint_of(launches[0]).ranks_per_gpu, 1);
  EXPECT_FALSE(to_json(fingerprint_of(launches[0])).contains("ranks_per_gpu")) << "ids of before stay";
  for (const auto& ranks : launches) {
    const Fingerprint f = fingerprint_of(ranks);
    EXPECT_EQ(fingerprint_from_json(to_json(f)), f);
  }
}

TEST(Fingerprint, PeopleAreToldOfSharing) {
  EXPECT_EQ(machine(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 0)})), "1 x a GPU, shared by 2 ranks");
  EXPECT_EQ(machine(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1), gpu_rank("a", 0), gpu_rank("a", 1)})),
            "2 x a GPU, NVLink 450 GB/s, each shared by 2 ranks");
  EXPECT_EQ(machine(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1), gpu_rank("a", 0)})),
            "2 x a GPU, NVLink 450 GB/s, each shared by up to 2 ranks");
  EXPECT_EQ(machine(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1)})), "2 x a GPU, NVLink 450 GB/s");
}

TEST(Fingerprint, SharingThatCannotBeIsRefused) {
  nlohmann::json object = to_json(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 0)}));
  object["ranks_per_gpu"] = 3;
  EXPECT_THROW(fingerprint_from_json(object), Error) << "of two ranks on a node";
  object =
      to_json(fingerprint_of({{.node = "a", .cpu = "c", .cores = 2, .memory_gib = 8, .gpu = {}, .gpu_bus_id = {}},
                              {.node = "a", .cpu = "c", .cores = 2, .memory_gib = 8, .gpu = {}, .gpu_bus_id = {}}}));
  object["ranks_per_gpu"] = 2;
  EXPECT_THROW(fingerprint_from_json(object), Error) << "of no GPU";
}

TEST(Fingerprint, TheWeakestLinkNamesIt) {
  EXPECT_EQ(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1, 300)}).link, "NVLink 300 GB/s");
  EXPECT_EQ(fingerprint_of({gpu_rank("a", 0), gpu_rank("a", 1, 0)}).link, "PCIe");
  EXPECT_EQ(fingerprint_of({gpu_rank("a", 0), gpu_rank("b", 0)}).link, "network");
}

TEST(Fingerprint, HostDeviceHasNoGpu) {
  const Fingerprint f =
      fingerprint_of({{.node = "a", .cpu = "c", .cores = 2, .memory_gib = 8, .gpu = {}, .gpu_bus_id = {}}});
  EXPECT_EQ(f.gpus, 0);
  EXPECT_FALSE(to_json(f).contains("gpu"));
}

TEST(Fingerprint, MemoryClassIsWhatWasSold) {
  const auto gib = [](double n) { return Bytes{static_cast<std::uint64_t>(n * 1024 * 1024 * 1024)}; };
  for (const auto& [reported, sold] : std::vector<std::pair<double, int>>{{0.4, 1},
                                                                          {1.9, 2},
                                                                          {7.6, 8},
                                                                          {15.5, 16},
                                                                          {31.2, 32},
                                                                          {62.7, 64},
                                                                          {94.0, 96},
                                                                          {125.6, 128},
                                                                          {503.5, 512},
                                                                          {755.0, 768},
                                                                          {1007.0, 1024},
                                                                          {1511.0, 1536},
                                                                          {2015.0, 2048}}) {
    EXPECT_EQ(memory_class(gib(reported)), sold) << reported;
  }
}

TEST(Fingerprint, PhysicalCores) {
  const auto processor = [](int number, int package, int core) {
    return fmt::format("processor\t: {}\nphysical id\t: {}\ncore id\t\t: {}\nflags\t\t: fpu\n\n", number, package,
                       core);
  };
  // Two packages of two cores of two threads.
  std::string text;
  for (int i = 0; i < 8; ++i) text += processor(i, i % 2, i / 2 % 2);
  EXPECT_EQ(physical_cores(text), 4);
  EXPECT_EQ(physical_cores("processor\t: 0\nBogoMIPS\t: 1\n\nprocessor\t: 1\nBogoMIPS\t: 1"), 2);
  EXPECT_EQ(physical_cores(""), 0);
}

}  // namespace
}  // namespace lanemark
