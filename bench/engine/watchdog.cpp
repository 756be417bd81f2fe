// SPDX-License-Identifier: MIT

#include "bench/engine/watchdog.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>

#include "bench/engine/end_of_job.hpp"
#include "bench/text/deadline.hpp"
#include "bench/text/numbers.hpp"

namespace lanemark {
namespace {

constexpr Seconds for_ever{std::numeric_limits<double>::infinity()};

/// Which rank the launcher says this is; none where it says nothing.
std::optional<int> launchers_rank() {
  for (const char* const name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    const char* const given = std::getenv(name);
    if (given == nullptr) continue;
    const std::optional<int> rank = whole_number<int>(given);
    if (rank && *rank >= 0) return rank;
  }
  return std::nullopt;
}

/// Signals are for the program's other threads: some wait for them, and a handler must not meet the guard's lock.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;
  NoSignals(NoSignals&&) = delete;
  NoSignals& operator=(NoSignals&&) = delete;
  ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Watchdog::Watchdog(Seconds limit) : limit_{limit}, rank_{launchers_rank()}, deadline_{deadline(for_ever)} {
  const NoSignals of_its_thread;
  if (limit_ > Seconds{0}) thread_ = std::thread{[this] { guard(); }};
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::unique_lock<std::mutex> Watchdog::going_on() {
  std::unique_lock lock{mutex_};
  while (ending_) changed_.wait(lock);
  return lock;
}

void Watchdog::known_as(int rank) {
  const auto lock = going_on();
  rank_ = rank;
}

void Watchdog::watch(std::string what, std::size_t cases) {
  const auto lock = going_on();
  constexpr Seconds after_root{2};
  what_ = std::move(what);
  allowed_ = limit_ * static_cast<double>(cases);
  deadline_ = deadline(rank_.value_or(0) == 0 ? allowed_ : allowed_ + after_root);
  rest_began_ = Clock::now();
  changed_.notify_all();  // it may be sooner than the one before
}

void Watchdog::set_last_words(std::function<void(const std::string&)> words) {
  const auto lock = going_on();
  last_words_ = std::move(words);
}

Watchdog::Rest::Rest(Watchdog& watchdog) : watchdog_{watchdog} {
  const auto lock = watchdog_.going_on();
  if (watchdog_.rests_++ == 0) watchdog_.rest_began_ = Clock::now();
}

Watchdog::Rest::~Rest() {
  const auto lock = watchdog_.going_on();
  if (--watchdog_.rests_ > 0) return;
  watchdog_.deadline_ += Clock::now() - watchdog_.rest_began_;
  watchdog_.changed_.notify_all();
}

void Watchdog::guard() {
  std::unique_lock lock{mutex_};
  while (!stop_) {
    const auto until = deadline_;
    if (rests_ > 0) {
      changed_.wait(lock);
    } else if (Clock::now() < until) {
      changed_.wait_until(lock, until);
    } else {
      ending_ = true;
      const std::string who = rank_ ? fmt::format("rank {}", *rank_) : "a rank";
      const std::string why = fmt::format("{} spent more than {:.0f} s in {}", who, allowed_.count(), what_);
      const auto words = last_words_;
      lock.unlock();
      end_job(why, words);
    }
  }
}

}  // namespace lanemark
