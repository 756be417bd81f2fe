#pragma once

#include <chrono>
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
  Seconds budget{0};     ///< for all cases together, by the clock; 0: as long as they take
  ProgressMode progress = ProgressMode::automatic;
};

/// Measures planned cases one after the other, companions together: memory, warm-up, calibration, samples,
/// verification. Where not all companions fit into memory at once, each is measured for itself. Every decision
/// that changes what a rank calls next is agreed by all ranks of the case. A budget is shared evenly between the cases
/// still to come, so that what one does not use the others have; those for which nothing is left are skipped and say
/// so.
class Runner {
 public:
  Runner(const World& world, RunnerOptions options, GoogleBenchmark& google_benchmark, MeasurementSink sink);

  /// Collective over the world. Returns what was measured, skipped cases included; complete on rank 0.
  std::vector<Measurement> run(std::span<const PlannedCase> cases);

 private:
  /// Measures one case, or several that are sampled in turn.
  void measure(std::span<const PlannedCase> together, const World& participants, std::span<const World* const> groups,
               const TimingOptions& timing);
  void deliver(const Measurement& measurement);
  /// What each of `left` cases may spend of the budget; nothing where it is spent. The same on all ranks.
  [[nodiscard]] std::optional<TimingOptions> share(std::size_t left) const;

  const World& world_;
  RunnerOptions options_;
  GoogleBenchmark& google_benchmark_;
  MeasurementSink sink_;
  Progress progress_;
  Watchdog watchdog_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<Measurement> measurements_;
};

/// The wrong verdict of the lowest rank that has one, else what all found; collective.
Verdict agree(const World& world, const Verdict& mine);

}  // namespace lanemark
