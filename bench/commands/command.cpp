// SPDX-License-Identifier: MIT

#include "bench/commands/command.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <exception>

#include "bench/engine/wait_for_root.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// That nothing counts is said behind what was shown.
ExitCode said_where_nothing_counts(const std::function<ExitCode()>& look) {
  try {
    return look();
  } catch (const NothingMeasured& error) {
    static_cast<void>(end_of_output());
    say("{}", error.what());
    return ExitCode::incomplete;
  }
}

}  // namespace

void Command::accept(const CommandWords& words, const CLI::App& /*app*/) {
  check_google_benchmark_flags(words.of_google_benchmark, false, false);
}

std::optional<int> RecordsCommand::run_alone() {
  return static_cast<int>(checked_output(said_where_nothing_counts([this] { return look(); })));
}

/// Rank 0 does it, however long that takes, and says it once.
ExitCode RecordsCommand::run_together(const World& control, Watchdog& watchdog) {
  ExitCode code = ExitCode::internal;
  show_on_root(control, watchdog, [&] {
    try {
      code = said_where_nothing_counts([this] { return look(); });
    } catch (const UsageError& error) {
      say("{}", error.what());
      code = ExitCode::usage;
    } catch (const std::exception& error) {
      say("{}", error.what());
    }
  });
  return checked_together(code, control, watchdog);
}

ExitCode checked_output(ExitCode code) {
  const OutputEnd end = end_of_output();
  if (end == OutputEnd::written) return code;
  if (end == OutputEnd::lost) say("standard output could not be written; free some space, or send it elsewhere");
  return code == ExitCode::ok ? ExitCode::internal : code;
}

ExitCode checked_together(ExitCode code, const World& world, Watchdog& watchdog) {
  watchdog.watch("agreeing on the exit code");
  show_on_root(world, watchdog, [&] { code = checked_output(code); });
  int number = static_cast<int>(code);
  MPI_Bcast(&number, 1, MPI_INT, 0, world.comm());
  watchdog.watch("ending MPI");
  return static_cast<ExitCode>(number);
}

}  // namespace lanemark
