#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "bench/google_benchmark.hpp"
#include "bench/progress.hpp"
#include "bench/stopwatch.hpp"
#include "bench/trial.hpp"
#include "bench/watchdog.hpp"

namespace lanemark {

/// What happens to a measurement the moment it is complete; called on rank 0.
using MeasurementSink = std::function<void(const Measurement&)>;

struct RunnerOptions {
  TimingOptions timing;
  Seconds timeout{600};  ///< for one case; 0 waits for ever
  ProgressMode progress = ProgressMode::automatic;
};

/// Measures planned cases one after the other: memory, warm-up, calibration, samples, verification. Every decision
/// that changes what a rank calls next is agreed by all ranks of the case.
class Runner {
 public:
  Runner(const World& world, RunnerOptions options, GoogleBenchmark& google_benchmark, MeasurementSink sink);

  /// Collective over the world. Returns what was measured, skipped cases included; complete on rank 0.
  std::vector<Measurement> run(std::span<const PlannedCase> cases);

 private:
  void measure(const PlannedCase& planned, const World& participants);
  void deliver(const Measurement& measurement);

  const World& world_;
  RunnerOptions options_;
  GoogleBenchmark& google_benchmark_;
  MeasurementSink sink_;
  Progress progress_;
  Watchdog watchdog_;
  std::vector<Measurement> measurements_;
};

/// The wrong verdict of the lowest rank that has one, else what all found; collective.
Verdict agree(const World& world, const Verdict& mine);

}  // namespace lanemark
