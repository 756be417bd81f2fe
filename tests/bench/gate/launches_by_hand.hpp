// SPDX-License-Identifier: MIT

#pragma once

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/gate/evidence.hpp"
#include "bench/record/json.hpp"
#include "bench/record/launch.hpp"

namespace lanemark {

inline Case all_reduce_case(std::uint64_t bytes = 1024) {
  return {.suite = "collectives",
          .operation = "all_reduce",
          .backend = "nccl",
          .dtype = "float",
          .size = Bytes{bytes},
          .mode = "latency",
          .labels = {},
          .ranks = 4};
}

/// Of one sample, so that this is its median.
inline Measurement measurement_of(Case what, double seconds) {
  Measurement m;
  m.what = std::move(what);
  m.device = "cuda";
  m.transport = "device buffers";
  m.work.bytes = m.what.size.value_or(Bytes{});
  m.samples = {Seconds{seconds}};
  m.slowest_rank = {0};
  m.verdict.kind = Verdict::Kind::correct;
  return m;
}

inline Fingerprint four_gpus() {
  return {.gpu = "NVIDIA H200",
          .gpus = 4,
          .gpus_per_node = 4,
          .link = "NVLink 450 GB/s",
          .nodes = 1,
          .ranks_per_node = 4,
          .cpu = "a CPU",
          .cores = 64,
          .memory_gib = 512};
}

inline Fingerprint a_host() {
  return {.gpu = {},
          .gpus = 0,
          .gpus_per_node = 0,
          .link = {},
          .nodes = 1,
          .ranks_per_node = 4,
          .cpu = "a CPU",
          .cores = 64,
          .memory_gib = 512};
}

/// An id that a name stands for.
inline std::string launch_id(std::string_view called) { return fmt::format("{:016x}", fnv1a(called)); }

/// A launch as its file is to have it.
struct LaunchByHand {
  std::string launch = "0123456789abcdef";
  std::string started = "2026-01-31T09:30:00Z";
  int ranks = 4;
  std::vector<Measurement> measurements{};
  std::vector<std::string> taints{};
  bool cut_off = false;
  Fingerprint fingerprint = four_gpus();
  Versions versions{{"commit", "1a2b3c"}};
};

/// Writes its file, named after the launch.
inline std::filesystem::path written(const std::filesystem::path& folder, const LaunchByHand& launch) {
  LaunchHeader header;
  header.launch = launch.launch;
  header.started = launch.started;
  header.command = {"lanemark", "run", "collectives"};
  header.ranks = launch.ranks;
  header.fingerprint = launch.fingerprint;
  header.fingerprint_id = id(launch.fingerprint);
  header.versions = launch.versions;
  std::filesystem::path path = folder / (launch.launch + ".jsonl");
  std::ofstream file{path, std::ios::binary};
  file << to_json(header).dump() << '\n';
  for (Measurement m : launch.measurements) {
    if (launch.fingerprint.gpus == 0) m.device = "host";
    if (m.samples.empty()) m.verdict.kind = Verdict::Kind::unverified;
    file << to_json(m).dump() << '\n';
  }
  if (launch.cut_off) return path;
  LaunchFooter footer;
  footer.measurements = launch.measurements.size();
  footer.ended = "2026-01-31T10:30:00Z";
  footer.taints = launch.taints;
  file << to_json(footer).dump() << '\n';
  return path;
}

/// As many launches as the longest list is long; a shorter one leaves the others without that case.
inline Evidence evidence_of(const std::vector<std::pair<Case, std::vector<double>>>& cases,
                            const std::string& metric_name = "time", const std::string& prefix = "launch") {
  Evidence evidence{.fingerprint = four_gpus(), .fingerprint_id = id(four_gpus())};
  std::size_t launches = 0;
  for (const auto& [what, values] : cases) launches = std::max(launches, values.size());
  for (std::size_t i = 0; i < launches; ++i) {
    LaunchSummary& launch = evidence.launches.emplace_back();
    launch.launch = launch_id(fmt::format("{}{}", prefix, i));
    launch.started = fmt::format("2026-01-31T09:{:02}:{:02}Z", i / 60, i % 60);
    launch.file = launch.launch + ".jsonl";
    launch.ranks = 4;
    launch.command = {"lanemark", "run"};
    launch.versions = {{"commit", "1a2b3c"}};
  }
  for (const auto& [what, values] : cases) {
    std::vector<std::optional<double>>& by_launch = evidence.values[metric_name][name(what)].by_launch;
    by_launch.assign(values.begin(), values.end());
    by_launch.resize(launches);
    evidence.cases.emplace(name(what), what);
  }
  return evidence;
}

}  // namespace lanemark
