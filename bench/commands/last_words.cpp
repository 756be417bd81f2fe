// SPDX-License-Identifier: MIT

#include "bench/commands/last_words.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/files/descriptor.hpp"
#include "bench/launching/launcher.hpp"
#include "bench/machine/shared_memory.hpp"

namespace lanemark {
namespace {

/// Readable once the launcher has ended; none where nobody started this rank, or the system cannot say.
Descriptor launcher() {
  return Descriptor{under_launcher() ? static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0)) : -1};
}

bool has_ended(const Descriptor& process) {
  pollfd end{.fd = process.get(), .events = POLLIN, .revents = 0};
  return process.is_open() && ::poll(&end, 1, 0) > 0;
}

[[noreturn]] void die_of(int signal) {
  static_cast<void>(std::signal(signal, SIG_DFL));
  for (;;) {
    ::kill(::getpid(), signal);
    ::pause();
  }
}

}  // namespace

LastWords::LastWords(std::function<void(const std::string&)> words, Watchdog& watchdog)
    : words_{std::move(words)}, watchdog_{watchdog}, thread_{[this] { listen(); }} {
  watchdog_.set_last_words(words_);
}

LastWords::~LastWords() {
  watchdog_.set_last_words({});
  done_ = true;
  signals_.wake();
  thread_.join();
}

void LastWords::listen() {
  const Descriptor parent = launcher();
  while (!done_) {
    signals_.wait(std::nullopt, parent.get());
    if (done_) return;
    if (const int signal = signals_.first(); signal != 0) {
      words_(fmt::format("SIG{} came", ::sigabbrev_np(signal)));
      die_of(signal);
    }
    if (has_ended(parent)) {
      words_("the launcher that had started it ended before it");
      remove_shared_memory_of_this_process();
      die_of(SIGTERM);
    }
  }
}

}  // namespace lanemark
