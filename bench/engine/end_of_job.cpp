// SPDX-License-Identifier: MIT

#include "bench/engine/end_of_job.hpp"

#include <mpi.h>

#include <chrono>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include "bench/files/standard_streams.hpp"
#include "bench/machine/shared_memory.hpp"
#include "bench/measurement/exit_code.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Does it on a thread of its own and goes on when it is done, or when it takes too long.
void attempt(std::function<void()> work, std::chrono::milliseconds patience) {
  const auto done = std::make_shared<std::promise<void>>();
  try {
    std::thread{[done, work = std::move(work)] {
      try {
        work();
      } catch (...) {  // the end comes all the same
      }
      done->set_value();
    }}.detach();
  } catch (const std::system_error&) {  // no thread is to be had: what the work might hang in is not risked
    return;
  }
  done->get_future().wait_for(patience);
}

/// Where MPI has not started, or has ended, the launcher ends the others for this process's exit code.
void abort_mpi() {
  int started = 0;
  int ended = 0;
  if (MPI_Initialized(&started) != MPI_SUCCESS || MPI_Finalized(&ended) != MPI_SUCCESS) return;
  if (started != 0 && ended == 0) MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::timeout));
}

}  // namespace

void end_job(const std::string& why, const std::function<void(const std::string&)>& last_words) {
  constexpr std::chrono::milliseconds soon{1500};
  constexpr std::chrono::milliseconds for_mpi{3000};
  attempt(
      [why] {
        say("{}; ending the job. A peer may have died or wait in another call; raise --timeout if it is just slow.",
            why);
      },
      soon);
  if (last_words) attempt([=] { last_words(why); }, soon);
  attempt(abort_mpi, for_mpi);
  attempt(remove_shared_memory_of_this_process, soon);  // which an MPI that did not end leaves
  ::_exit(static_cast<int>(ExitCode::timeout));
}

}  // namespace lanemark
