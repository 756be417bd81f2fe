// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

inline std::vector<Seconds> microseconds(const std::vector<double>& times) {
  std::vector<Seconds> samples;
  for (const double time : times) samples.emplace_back(time * 1e-6);
  return samples;
}

/// An all-reduce of `size` bytes of float over 4 ranks: 9, 10 and 11 units of `unit_us`.
inline Measurement all_reduce_row(std::uint64_t size, double unit_us = 1) {
  Measurement m;
  m.what = {.suite = "collectives",
            .operation = "all_reduce",
            .backend = "nccl",
            .dtype = "float",
            .size = Bytes{size},
            .mode = "latency",
            .labels = {},
            .ranks = 4};
  m.device = "cuda";
  m.transport = "device buffers";
  m.work = {.elements = size / 4, .bytes = Bytes{size}, .bus_factor = 1.5, .flops = {}};
  m.limit = Limit{"NVLink, one direction", {450e9}};
  m.samples = microseconds({9 * unit_us, 11 * unit_us, 10 * unit_us});
  m.slowest_rank = {3, 1, 3};
  m.verdict.kind = Verdict::Kind::correct;
  return m;
}

inline Measurement wrong(Measurement m) {
  m.verdict = {Verdict::Kind::wrong, "3 of 256 elements, the first at 17, rank 2"};
  return m;
}

inline Measurement skipped(Measurement m, std::string reason) {
  m.samples.clear();
  m.slowest_rank.clear();
  m.verdict = {};
  m.skipped = std::move(reason);
  return m;
}

inline Measurement transfer_row(std::string operation, std::string memory, std::string gpu) {
  Measurement m;
  const bool host = operation == "memory_copy";
  m.what = {.suite = "transfers",
            .operation = std::move(operation),
            .backend = std::move(memory),
            .dtype = {},
            .size = mebibytes(1),
            .mode = "bandwidth",
            .labels = {{host ? "rank" : "gpu", std::move(gpu)}},
            .ranks = 2};
  m.device = host ? "host" : "cuda";
  m.work = {.elements = 1, .bytes = mebibytes(1), .flops = {}};
  if (!host) m.limit = Limit{"PCIe, one direction", {63e9}};
  m.samples = microseconds({20, 20});
  m.slowest_rank = {1, 1};
  m.verdict.kind = Verdict::Kind::correct;
  return m;
}

/// A training step of 256 samples in all that takes `us`.
inline Measurement training_row(std::string sync, int ranks, double us) {
  Measurement m;
  m.what = {.suite = "training",
            .operation = "mlp",
            .backend = "mpi",
            .dtype = "float",
            .size = {},
            .mode = "step",
            .labels = {{"sync", std::move(sync)}, {"scaling", "strong"}, {"batch", "256"}},
            .ranks = ranks};
  m.device = "host";
  m.transport = "host memory";
  m.work.samples = 256;
  m.samples = microseconds({us, us, us});
  m.slowest_rank = {0, 0, 0};
  m.verdict.kind = Verdict::Kind::correct;
  m.training = TrainingFigures{.phases = {{"forward", Seconds{us * 0.25e-6}}, {"backward", Seconds{us * 0.75e-6}}},
                               .without_communication = Seconds{us * 0.75e-6},
                               .bytes_sent = std::vector<std::uint64_t>(static_cast<std::size_t>(ranks), 1'250'000),
                               .peak_memory = std::vector<std::uint64_t>(static_cast<std::size_t>(ranks), 40'000'000),
                               .buckets = {},
                               .parameters = 1000,
                               .batch = 256};
  m.training->bytes_sent.front() = 3'750'000;
  return m;
}

/// The host's samples of a tiny step: most in no time, each burst behind a long wait. Median 5.8 us, mean 32.7 us.
inline Measurement in_bursts(Measurement m) {
  m.samples = microseconds({5.8, 5.8, 5.8, 5.8, 5.8, 5.8, 5.8, 5.8, 140.3, 140.3});
  m.slowest_rank.assign(m.samples.size(), 0);
  return m;
}

}  // namespace lanemark
