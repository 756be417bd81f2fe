#pragma once

#include <cstdint>
#include <vector>

#include "bench/trial.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/event.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// Samples of one operation's time, the slowest rank's, and which rank that was.
struct Samples {
  std::vector<Seconds> times;
  std::vector<int> slowest_rank;

  [[nodiscard]] Seconds total() const;
};

/// How many samples to take, and of how many operations each; agreed by all ranks.
struct Counts {
  std::uint64_t samples = 1;
  std::uint64_t operations = 1;  ///< per sample
};

/// The only place that takes times: device events around operations, reduced to the slowest rank's. Every call is
/// collective over the world.
class Stopwatch {
 public:
  explicit Stopwatch(const World& world) : world_{world} {}

  [[nodiscard]] const World& world() const { return world_; }
  Samples time(Trial& trial, Pace pace, Counts counts) const;

  /// Medians over `samples` repetitions of the parts between marks: `work` gets a function to call at each part's
  /// end, the same number of times at each call. The slowest rank's median of each part.
  std::vector<Phase> time_phases(StreamRef stream, std::uint64_t samples,
                                 const std::function<void(const std::function<void(std::string_view)>&)>& work) const;

 private:
  std::vector<Seconds> isolated(Trial& trial, std::uint64_t samples) const;
  std::vector<Seconds> back_to_back(Trial& trial, Counts counts) const;
  std::vector<Seconds> continuous(Trial& trial, std::uint64_t samples) const;
  void line_up(StreamRef stream) const;

  const World& world_;
};

/// What calibration may spend and must take.
struct TimingOptions {
  Seconds min_time{0.2};           ///< of timed work per case
  std::uint64_t min_samples = 20;  ///< unless one sample takes longer than min_time
  std::uint64_t max_samples = 5000;
  Seconds max_warm_up{1.0};
};

struct WarmUp {
  Seconds spent{};
  std::uint64_t operations = 0;
  Seconds operation_time{};  ///< agreed time of one operation when it had settled
};

/// Runs ever longer batches until the agreed time of an operation changes by less than 5 %, or the budget is spent.
WarmUp warm_up(const Stopwatch& stopwatch, Trial& trial, Pace pace, const TimingOptions& options);

/// A pure function of agreed values, so the same on every rank.
Counts calibrate(Pace pace, Seconds operation_time, const TimingOptions& options);

}  // namespace lanemark
