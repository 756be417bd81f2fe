#include "bench/watchdog.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <cstdio>

#include "bench/deadline.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

Watchdog::Watchdog(int rank, Seconds limit) : rank_{rank}, limit_{limit}, deadline_{deadline(limit)} {
  if (limit_ > Seconds{0}) thread_ = std::thread{[this] { guard(); }};
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::watch(std::string what, std::size_t cases) {
  const std::lock_guard lock{mutex_};
  what_ = std::move(what);
  allowed_ = limit_ * static_cast<double>(cases);
  deadline_ = deadline(allowed_);
}

void Watchdog::guard() {
  std::unique_lock lock{mutex_};
  while (!stop_) {
    const auto until = deadline_;
    changed_.wait_until(lock, until);
    if (stop_ || std::chrono::steady_clock::now() < deadline_) continue;
    fmt::print(stderr,
               "lanemark: rank {} spent more than {:.0f} s in {}; ending the job. A peer may have died or wait in "
               "another call; raise --timeout if the case is just slow.\n",
               rank_, allowed_.count(), what_);
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::timeout));
  }
}

}  // namespace lanemark
