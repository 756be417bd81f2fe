// SPDX-License-Identifier: MIT

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/engine/machine_watch.hpp"
#include "bench/engine/progress.hpp"
#include "bench/engine/stopwatch.hpp"
#include "bench/engine/trial.hpp"
#include "bench/engine/watchdog.hpp"

namespace lanemark {

/// What happens to a measurement the moment it is complete; called on rank 0, and may take a person's time, which the
/// others wait for. Throws Error where it is lost, and then the run is stopped.
using MeasurementSink = std::function<void(const Measurement&)>;

struct RunnerOptions {
  TimingOptions timing;
  Seconds budget{0};    ///< for all cases together, by the clock; 0: as long as they take
  int repetitions = 1;  ///< of each case, at least one; they share its part of the budget
  ProgressMode progress = ProgressMode::automatic;
  /// Who tells what else the processors do meanwhile.
  std::shared_ptr<ProcessorSource> processors = std::make_shared<SystemProcessors>();
};

/// Measures planned cases one after the other, companions together: memory, warm-up, calibration, samples,
/// verification. Where not all companions fit into memory at once, each is measured for itself. Every decision
/// that changes what a rank calls next is agreed by all ranks of the case. A budget is shared evenly between the cases
/// still to come, so that what one does not use the others have; those for which nothing is left are skipped and say
/// so. Each case has the watchdog's limit.
class Runner {
 public:
  Runner(const World& world, RunnerOptions options, Watchdog& watchdog, MeasurementSink sink);

  /// Collective over the world. Returns what was measured, skipped cases included; complete on rank 0.
  std::vector<Measurement> run(std::span<const PlannedCase> cases);

  /// After a run, on all ranks: why it was stopped before its last case; nothing if it was not.
  [[nodiscard]] const std::optional<std::string>& stopped() const { return stopped_; }
  /// After a run, on all ranks: how many cases the budget left out.
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  /// Measures one case, or several that are sampled in turn.
  void measure(std::span<const PlannedCase> together, const World& participants, std::span<const World* const> groups,
               const TimingOptions& timing, MachineWatch& watch);
  void deliver(const Measurement& measurement);
  /// What each of `left` cases may spend of the budget; nothing where it is spent. The same on all ranks.
  [[nodiscard]] std::optional<TimingOptions> share(std::size_t left) const;
  [[nodiscard]] bool budget_is_spent(const World& participants) const;
  [[nodiscard]] std::string spent_budget() const;

  const World& world_;
  RunnerOptions options_;
  Watchdog& watchdog_;
  MeasurementSink sink_;
  Progress progress_;
  std::chrono::steady_clock::time_point start_{};  ///< of the first case
  std::vector<Measurement> measurements_;
  std::optional<std::string> lost_;  ///< why the sink took no more; on rank 0
  std::optional<std::string> stopped_;
  std::size_t left_out_ = 0;
};

/// The wrong verdict of the lowest rank that has one, else what all found; collective.
Verdict agree(const World& world, const Verdict& mine);

}  // namespace lanemark
