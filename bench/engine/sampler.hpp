// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bench/engine/trial.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// Samples of one operation's time, the slowest rank's, and which rank that was.
struct Samples {
  std::vector<Seconds> times;
  std::vector<int> slowest_rank;
  std::vector<Seconds> mine;  ///< this rank's

  [[nodiscard]] Seconds total() const;
  void append(const Samples& others);
};

/// How a case is timed.
struct Schedule {
  Pace pace = Pace::isolated;
  bool replayed = false;  ///< from a graph of the operations of one sample, launched once beforehand
};

/// A trial under the clock. What a sample enqueues is made ready once, and captured where it is replayed; samples can
/// then be taken a few at a time, with other trials' in between. Every call is collective over the world, which must
/// outlive it as the trial must.
class Sampler {
 public:
  /// `operations` is how many a back-to-back sample has; the other paces have one.
  Sampler(const World& world, Trial& trial, Schedule schedule, std::uint64_t operations);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) = delete;
  ~Sampler();

  /// Throws OutOfMemoryTogether where a rank has no room for them.
  Samples take(std::uint64_t samples);

 private:
  class Work;

  void isolated(std::span<Seconds> times);
  void back_to_back(std::span<Seconds> times);
  void continuous(std::span<Seconds> times);
  void blocking(std::span<Seconds> times);

  const World& world_;
  Trial& trial_;
  Pace pace_;
  std::uint64_t operations_;
  std::unique_ptr<Work> work_;  ///< none where a call is timed as it comes
};

/// All ranks start together. On the host device the barrier runs on the stream's own thread, so that waking that
/// thread is not measured as waiting for it.
void line_up(const World& world, StreamRef stream);

}  // namespace lanemark
