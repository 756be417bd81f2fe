// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "bench/engine/sampler.hpp"
#include "bench/engine/trial.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/event.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// How many samples to take, and of how many operations each; agreed by all ranks.
struct Counts {
  std::uint64_t samples = 1;
  std::uint64_t operations = 1;  ///< per sample
};

/// Times of a trial or of parts of its work: device events around operations, reduced to the slowest rank's. Every
/// call is collective over the world.
class Stopwatch {
 public:
  explicit Stopwatch(const World& world) : world_{world} {}

  [[nodiscard]] const World& world() const { return world_; }
  Samples time(Trial& trial, Schedule schedule, Counts counts) const;

  /// Medians over `samples` repetitions of the parts between marks: `work` gets a function to call at each part's
  /// end, the same number of times at each call. The slowest rank's median of each part.
  std::vector<Phase> time_phases(StreamRef stream, std::uint64_t samples,
                                 const std::function<void(const std::function<void(std::string_view)>&)>& work) const;

 private:
  const World& world_;
};

/// What calibration may spend and must take.
struct TimingOptions {
  Seconds min_time{0.2};           ///< of timed work per case
  std::uint64_t min_samples = 20;  ///< unless one sample takes longer than min_time
  std::uint64_t max_samples = 5000;
  Seconds max_warm_up{1.0};
  std::optional<std::uint64_t> warm_up_operations{};  ///< exactly so many instead
  std::uint64_t iterations = 0;  ///< if not 0: samples of one operation, operations of a back-to-back sample
  double precision = 0;          ///< if not 0: samples until median_interval is within ± this share of the median
  Seconds max_time{2.0};         ///< after which a case stops short of its precision
  bool bounded = false;          ///< max_time also bounds what `iterations` asks for
};

struct WarmUp {
  Seconds spent{};
  std::uint64_t operations = 0;
  Seconds operation_time{};  ///< agreed time of one operation when it had settled
};

/// Runs ever longer batches until the agreed time of an operation changes by less than 5 %, or the budget is spent.
WarmUp warm_up(const Stopwatch& stopwatch, Trial& trial, Schedule schedule, const TimingOptions& options);

/// How many of `samples`, each of that time, fit into what timing allows; 1 at least.
std::uint64_t affordable(std::uint64_t samples, Seconds sample_time, const TimingOptions& options);

/// A pure function of agreed values, so the same on every rank. With a precision, the counts of the first round.
/// `most_operations` (0: any number) bounds the operations of a sample.
Counts calibrate(Schedule schedule, Seconds operation_time, const TimingOptions& options,
                 std::uint64_t most_operations);

}  // namespace lanemark
