// SPDX-License-Identifier: MIT

#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernels/core/error.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// A signal asked the program to end while launches that it had started ran: nothing is concluded from them.
class Interrupted : public Error {
 public:
  Interrupted(const std::string& what, int exit_code) : Error{what}, exit_code_{exit_code} {}
  [[nodiscard]] int exit_code() const { return exit_code_; }  ///< 128 + signal

 private:
  int exit_code_;
};

/// While one lives, signals that ask this program to end (SIGHUP, SIGINT, SIGQUIT, SIGTERM) are noted and not obeyed,
/// so that what it started can be ended first. Those that were ignored, as after nohup, stay so. SIGPIPE is ignored:
/// that nobody reads this program's progress any more is no reason to end. One at a time.
class StopSignals {
 public:
  /// Throws Error where there already is one.
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  StopSignals(StopSignals&&) = delete;
  StopSignals& operator=(StopSignals&&) = delete;
  /// What signals did before they do again.
  ~StopSignals();

  [[nodiscard]] int count() const;  ///< of those that came
  [[nodiscard]] int first() const;  ///< which came first; 0 for none

  /// Sleeps until one comes, a child ends or it is `until`, whichever is first; at once for what came since the last
  /// call. Or until `also`, a descriptor, can be read, where there is one.
  void wait(std::optional<std::chrono::steady_clock::time_point> until, int also = -1) const;
  /// Ends a `wait` on another thread, or the next.
  void wake() const;
};

/// A program to run in a process group of its own, without input.
struct ProcessPlan {
  std::vector<std::string> command;                ///< looked for in PATH
  std::map<std::string, std::string> environment;  ///< added to, or in place of, this process's own
  std::filesystem::path output{};  ///< both of its streams, at the end of this file; none: they are this program's
  Seconds timeout{0};              ///< 0: none
  Seconds grace{10};               ///< between SIGTERM and SIGKILL
};

struct ProcessResult {
  int code = 0;            ///< as shells say it: 128 + n where signal n ended it
  bool signalled = false;  ///< a signal ended it
  bool timed_out = false;  ///< it was ended for its time
  int stopped_by = 0;      ///< the signal that came for this program, for which it was ended; 0 for none
};

/// Starts it and waits until it has ended. Past its time, or when this program is asked to end, its group gets SIGTERM
/// and, after the grace or at a second request, SIGKILL. Unless it ended by itself and well, all that descends from it
/// is killed too, whatever group it is in: ranks of Open MPI have their own and outlive an mpirun that was killed. No
/// other child may be started meanwhile. What it says on standard output, unless that goes to a file, this program says
/// (show), so that it is known whether it arrived; a reader that has gone does not end it. Where this program is
/// killed, the child gets SIGTERM. Throws UsageError where the program cannot be started or the output not be written.
ProcessResult run_process(const ProcessPlan& plan, const StopSignals& stop);

}  // namespace lanemark
