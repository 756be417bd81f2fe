// SPDX-License-Identifier: MIT

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "bench/measurement/exit_code.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// Ends the whole job when something takes longer than the limit: a rank that waits in a collective for a peer that
/// never comes, in MPI's own start or end, or for a disk that does not answer cannot be woken in any other way. One
/// lives from before MPI starts until after it has ended, and whoever begins a new part of the work tells it. The
/// process is gone a few seconds after the limit, with ExitCode::timeout, whatever becomes of the words on the way and
/// of MPI. Rank 0 goes first, as it has the record: the others wait a moment longer.
class Watchdog {
 public:
  /// `limit` is for each part of the work; 0 switches it off. Nothing is timed before the first `watch`. Until MPI can
  /// say which rank this is the launcher's variables do.
  explicit Watchdog(Seconds limit);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  Watchdog(Watchdog&&) = delete;
  Watchdog& operator=(Watchdog&&) = delete;
  ~Watchdog();

  /// As MPI counts.
  void known_as(int rank);

  /// Starts the limit anew for the work named, as in "spent more than 600 s in …", which is that of so many cases.
  void watch(std::string what, std::size_t cases = 1);

  /// Get to know why the job is ended before it is, on a thread of their own, and are not waited for long. None where
  /// they are empty.
  void set_last_words(std::function<void(const std::string& why)> words);

  /// While one lives the clock stands still, for what may wait for a person, such as tables that go to a pager. No call
  /// of MPI on rank 0 may be made meanwhile: rank 0 is watched for all (see wait_for_root).
  class Rest {
   public:
    explicit Rest(Watchdog& watchdog);
    Rest(const Rest&) = delete;
    Rest& operator=(const Rest&) = delete;
    Rest(Rest&&) = delete;
    Rest& operator=(Rest&&) = delete;
    ~Rest();

   private:
    Watchdog& watchdog_;
  };

 private:
  using Clock = std::chrono::steady_clock;

  void guard();
  /// Nobody goes on once the end has begun: then this does not return.
  [[nodiscard]] std::unique_lock<std::mutex> going_on();

  Seconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> rank_;
  std::string what_;
  Seconds allowed_{0};  ///< for the work at hand
  Clock::time_point deadline_;
  int rests_ = 0;
  Clock::time_point rest_began_;
  std::function<void(const std::string&)> last_words_;
  bool stop_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lanemark
