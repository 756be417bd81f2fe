// SPDX-License-Identifier: MIT

#pragma once

#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "bench/gate/verdict.hpp"

// Judgements made by hand: every outcome, and names that each output has to escape.

namespace lanemark {

inline constexpr Metric time_metric{"time", "s", Better::less, "median time", nullptr};
inline constexpr Metric busbw_metric{"busbw", "B/s", Better::more, "bus bandwidth", nullptr};
inline constexpr Metric share_metric{"share_of_limit", "", Better::more, "share of the limit", nullptr};
inline constexpr Metric flops_metric{"flops", "FLOP/s", Better::more, "floating-point operations", nullptr};
inline constexpr Metric memory_metric{"peak_memory", "B", Better::less, "of the rank with the most", nullptr};

/// What XML, Markdown, CSV, workflow commands and OpenMetrics each have to escape, in one name.
inline const std::string awkward_name = "odd|name, \"quoted\"\n50%: a`b\\c <x&y> 'z' \x1b[31m \xff *ä*_";

inline LaunchSummary launch_summary(std::string id, std::string excluded = {}) {
  return {.launch = std::move(id),
          .started = "2026-01-31T09:30:00Z",
          .file = excluded.empty() ? "" : "results/cut.jsonl",
          .ranks = 4,
          .command = {"lanemark", "run"},
          .versions = {{"mpi", "Open MPI 4.1.4"}, {"nccl", "2.28.3"}},
          .excluded = std::move(excluded)};
}

inline CaseVerdict compared(std::string name, const Metric& metric, Outcome outcome, std::vector<double> base,
                            std::vector<double> run, Shift shift) {
  CaseVerdict verdict;
  verdict.name = std::move(name);
  verdict.metric = &metric;
  verdict.outcome = outcome;
  verdict.base = std::move(base);
  verdict.run = std::move(run);
  verdict.base_launches.resize(verdict.base.size());
  verdict.run_launches.resize(verdict.run.size());
  std::iota(verdict.base_launches.begin(), verdict.base_launches.end(), 0U);
  std::iota(verdict.run_launches.begin(), verdict.run_launches.end(), 0U);
  verdict.shift = shift;
  verdict.p = 0.00001;
  verdict.adjusted_p = 0.0123;
  verdict.threshold = 0.02;
  verdict.calibrated = true;
  return verdict;
}

inline CaseVerdict regressed(std::string name, double change = 0.25) {
  return compared(std::move(name), time_metric, Outcome::regressed, {1e-5, 1.1e-5, 1.2e-5},
                  {1.1e-5 * (1 + change), 1.1e-5 * (1 + change)}, {change, change - 0.05, change + 0.05, 0.95, true});
}

inline CaseVerdict same(std::string name) {
  return compared(std::move(name), time_metric, Outcome::same, {2e-3, 2e-3, 2e-3}, {2.001e-3, 2.001e-3},
                  {0.0005, -0.01, 0.011, 0.95, true});
}

inline CaseVerdict cannot_tell(std::string name) {
  CaseVerdict verdict = compared(std::move(name), busbw_metric, Outcome::inconclusive, {3.4e11, 3.1e11, 3.3e11},
                                 {3.2e11, 3.0e11}, {-0.06, -1, std::numeric_limits<double>::infinity(), 0.8, false});
  verdict.adjusted_p = 0.8;
  verdict.calibrated = false;
  verdict.detectable = 0.081;
  verdict.needed = {12, 12};
  return verdict;
}

/// Two launches count of the run, three of the base.
inline Judgement empty_judgement() {
  Judgement judgement;
  judgement.fingerprint.gpu = "NVIDIA H200";
  judgement.fingerprint.gpus = 4;
  judgement.fingerprint.gpus_per_node = 4;
  judgement.fingerprint.link = "NVLink 450 GB/s";
  judgement.fingerprint.ranks_per_node = 4;
  judgement.fingerprint.cpu = "a CPU";
  judgement.fingerprint.cores = 96;
  judgement.fingerprint_id = "0123456789abcdef";
  judgement.base = {launch_summary("b1"), launch_summary("b2"), launch_summary("b3")};
  judgement.run = {launch_summary("r1"), launch_summary("r2")};
  return judgement;
}

/// Every outcome, several metrics, rules, launches left out, versions that changed.
inline Judgement full_judgement() {
  Judgement judgement = empty_judgement();
  judgement.run.push_back(launch_summary("r3", "it was cut off | 50% done"));
  judgement.changed = {"nccl 2.27.3 -> 2.28.3", "driver <550|570>"};
  judgement.confirmed = true;

  CaseVerdict wrong = same("all_reduce/nccl/float/64MiB/ranks:4");
  wrong.outcome = Outcome::wrong_data;
  wrong.run = {1.5e-3};
  wrong.detail = "launch r2: 3 of 256 elements, the first at 17, rank 2";
  CaseVerdict alone =
      compared("mlp/mpi/float/step/ranks:4", flops_metric, Outcome::no_baseline, {}, {1.5e13, 1.6e13}, {});
  alone.shift.reset();
  alone.detail = "the baseline has no such case";
  CaseVerdict gone =
      compared("broadcast/nccl/float/1KiB/ranks:4", memory_metric, Outcome::missing, {4e7, 4e7, 4e7}, {}, {});
  gone.shift.reset();
  gone.detail = "no launch of the run has it";
  CaseVerdict unseen = cannot_tell("all_gather/nccl/float/8B/ranks:4");
  unseen.detectable.reset();
  unseen.needed.reset();
  unseen.shift.reset();
  unseen.base = {3e11};
  CaseVerdict faster = compared("reduce/nccl/float/64MiB/ranks:4", share_metric, Outcome::improved, {0.7, 0.71, 0.72},
                                {0.9, 0.91}, {0.27, 0.25, 0.29, 0.95, true});
  faster.adjusted_p = 0.00002;
  CaseVerdict endless = regressed("gather/nccl/float/64MiB/ranks:4");
  endless.shift =
      Shift{std::numeric_limits<double>::infinity(), 12, std::numeric_limits<double>::infinity(), 0.95, true};
  judgement.cases = {wrong,
                     endless,
                     regressed(awkward_name),
                     cannot_tell("all_gather/nccl/float/64MiB/ranks:4"),
                     unseen,
                     alone,
                     gone,
                     faster,
                     same("all_reduce/nccl/float/1KiB/ranks:4"),
                     same("all_reduce/nccl/float/1MiB/ranks:4")};
  for (CaseVerdict& one : judgement.cases) one.twice = one.outcome == Outcome::regressed;
  judgement.rules = {{"busbw of all_reduce, 64MiB", "all_reduce/nccl/float/64MiB/ranks:4", false,
                      "busbw 312.4 GB/s, at least 340 GB/s asked for"},
                     {"some case must match 'send|recv'", "", false, "none does"},
                     {"time at most 1 s", "all_reduce/nccl/float/1KiB/ranks:4", true, "2.000 ms"}};
  return judgement;
}

/// Another kind of machine, of which nothing is known.
inline Judgement without_baseline() {
  Judgement judgement = empty_judgement();
  judgement.fingerprint_id = "fedcba9876543210";
  judgement.fingerprint = {};
  judgement.fingerprint.cpu = "a CPU";
  judgement.fingerprint.cores = 2;
  judgement.base.clear();
  judgement.nearest =
      BaselineFolder::Nearest{"0123456789abcdef", {"gpu: NVIDIA H200 there, none here", "cores: 96 there, 2 here"}};
  CaseVerdict alone = same("all_reduce/mpi/float/1KiB/ranks:2");
  alone.outcome = Outcome::no_baseline;
  alone.base.clear();
  alone.shift.reset();
  judgement.cases = {alone};
  return judgement;
}

inline std::vector<Judgement> all_examples() { return {full_judgement(), without_baseline()}; }

}  // namespace lanemark
