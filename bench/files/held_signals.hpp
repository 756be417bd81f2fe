// SPDX-License-Identifier: MIT

#pragma once

#include <csignal>
#include <initializer_list>

namespace lanemark {

/// While one lives, a signal that asks this program to end waits, so that what is half done is done first. For moments
/// only, and for a program of one thread.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t asking;
    ::sigemptyset(&asking);
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&asking, signal);
    ::pthread_sigmask(SIG_BLOCK, &asking, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  HeldSignals(HeldSignals&&) = delete;
  HeldSignals& operator=(HeldSignals&&) = delete;
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace lanemark
