// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "bench/launching/process.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array stopping{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

// A handler reaches nothing but globals. Which thread it runs on is not said: a library may have started some, so that
// signals cannot just be blocked and fetched.
std::atomic<bool> in_use{false};
std::atomic<int> stops{0};
std::atomic<int> first_stop{0};
std::array<int, 2> wake_up{-1, -1};  ///< a pipe, so that no signal slips in between a look and a sleep
std::array<struct sigaction, stopping.size()> before{};
struct sigaction child_before {};
struct sigaction pipe_before {};
static_assert(std::atomic<int>::is_always_lock_free, "or it may not be used in a handler");

void note(int signal) {
  const int error = errno;
  if (signal != SIGCHLD) {
    int none = 0;
    first_stop.compare_exchange_strong(none, signal);
    ++stops;
  }
  const char byte = 0;
  // A full pipe wakes up as well.
  [[maybe_unused]] const ssize_t written = ::write(wake_up[1], &byte, 1);
  errno = error;
}

}  // namespace

StopSignals::StopSignals() {
  if (in_use.exchange(true)) throw Error("signals are waited for twice at once");
  if (::pipe2(wake_up.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    in_use = false;
    throw Error("no pipe can be made: too many files are open");
  }
  stops = 0;
  first_stop = 0;
  struct sigaction noted {};
  noted.sa_handler = note;
  noted.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  ::sigemptyset(&noted.sa_mask);
  for (std::size_t i = 0; i < stopping.size(); ++i) {
    ::sigaction(stopping[i], nullptr, &before[i]);
    if (before[i].sa_handler != SIG_IGN) ::sigaction(stopping[i], &noted, nullptr);
  }
  ::sigaction(SIGCHLD, &noted, &child_before);
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, &pipe_before);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < stopping.size(); ++i) ::sigaction(stopping[i], &before[i], nullptr);
  ::sigaction(SIGCHLD, &child_before, nullptr);
  ::sigaction(SIGPIPE, &pipe_before, nullptr);
  for (int& end : wake_up) {
    ::close(end);
    end = -1;
  }
  in_use = false;
}

int StopSignals::count() const { return stops; }

int StopSignals::first() const { return first_stop; }

void StopSignals::wake() const {
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(wake_up[1], &byte, 1);
}

void StopSignals::wait(std::optional<Clock::time_point> until, int also) const {
  constexpr int for_ever = -1;
  constexpr std::chrono::milliseconds longest = std::chrono::hours{1};  // poll() counts in int
  int timeout = for_ever;
  if (until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now());
    timeout = static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, longest).count());
  }
  // One below 0 is passed over.
  std::array<pollfd, 2> ends{
      {{.fd = wake_up[0], .events = POLLIN, .revents = 0}, {.fd = also, .events = POLLIN, .revents = 0}}};
  ::poll(ends.data(), ends.size(), timeout);
  std::array<char, 64> bytes{};
  while (::read(wake_up[0], bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace lanemark
