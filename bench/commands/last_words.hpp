// SPDX-License-Identifier: MIT

#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "bench/engine/watchdog.hpp"
#include "bench/launching/process.hpp"

namespace lanemark {

/// While one lives, a signal that asks this rank to end (see StopSignals), and the end of its time, is obeyed only
/// after `words`, which get to know the reason and run on a thread of their own, whatever the rank hangs in; mpirun
/// leaves about a second for them. A rank whose launcher has gone is ended likewise, as nobody else would, and takes
/// its shared memory along.
class LastWords {
 public:
  /// Throws Error where signals are waited for already.
  LastWords(std::function<void(const std::string& why)> words, Watchdog& watchdog);
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
  LastWords(LastWords&&) = delete;
  LastWords& operator=(LastWords&&) = delete;
  ~LastWords();

 private:
  void listen();

  std::function<void(const std::string&)> words_;
  Watchdog& watchdog_;
  StopSignals signals_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace lanemark
