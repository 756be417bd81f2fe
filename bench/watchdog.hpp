#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

#include "kernels/core/units.hpp"

namespace lanemark {

/// Ends the whole job when one case takes longer than the limit: a rank that waits in a collective for a peer that
/// never comes cannot be woken in any other way. A limit of 0 switches it off.
class Watchdog {
 public:
  Watchdog(int rank, Seconds limit);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  Watchdog(Watchdog&&) = delete;
  Watchdog& operator=(Watchdog&&) = delete;
  ~Watchdog();

  /// Starts the limit anew for the work named, which is that of so many cases.
  void watch(std::string what, std::size_t cases = 1);

 private:
  void guard();

  int rank_;
  Seconds limit_;
  Seconds allowed_ = limit_;  ///< for the work at hand
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string what_ = "start";
  std::chrono::steady_clock::time_point deadline_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace lanemark
