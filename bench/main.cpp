// SPDX-License-Identifier: MIT

#include <mpi.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/commands/command.hpp"
#include "bench/commands/parser.hpp"
#include "bench/engine/watchdog.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/launching/launcher.hpp"
#include "bench/launching/process.hpp"
#include "bench/measurement/exit_code.hpp"
#include "collectives/core/mpi_session.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Parses on every rank alike, so that a mistake is refused on all of them.
int run(int argc, char** argv) {
  std::unique_ptr<Command> command;
  std::exception_ptr mistake;
  try {
    command = parse_command_line({argv + 1, argv + argc});
    if (under_launcher()) command->require_no_launcher();
  } catch (const UsageError&) {
    mistake = std::current_exception();
  }
  if (!under_launcher()) {
    if (mistake) std::rethrow_exception(mistake);
    if (const std::optional<int> code = command->run_alone()) return *code;
  }

  // It outlives MPI. A command line that was not understood has the limit that nobody asked for.
  Watchdog watchdog{Seconds{command ? command->timeout() : Command::usual_timeout}};
  watchdog.watch("starting MPI");
  const MpiSession session{argc, argv};
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  watchdog.known_as(rank);
  // Errors that all ranks share come out once, from rank 0.
  try {
    if (mistake) std::rethrow_exception(mistake);
    watchdog.watch("bringing the ranks together");
    const World control{MPI_COMM_WORLD, {}};
    return static_cast<int>(command->run_together(control, watchdog));
  } catch (const UsageError& error) {
    watchdog.watch("ending MPI");
    if (rank == 0) say("{}", error.what());
    return static_cast<int>(ExitCode::usage);
  } catch (const std::exception& error) {
    watchdog.watch("ending the job");
    say("rank {}: {}", rank, error.what());
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::internal));
    return static_cast<int>(ExitCode::internal);
  }
}

}  // namespace
}  // namespace lanemark

int main(int argc, char** argv) {
  using lanemark::ExitCode;
  lanemark::keep_streams();
  try {
    return lanemark::run(argc, argv);
  } catch (const lanemark::ShowText& text) {
    lanemark::show(text.text());
    return static_cast<int>(lanemark::checked_output(ExitCode::ok));
  } catch (const lanemark::UsageError& error) {
    lanemark::say("{}", error.what());
    return static_cast<int>(ExitCode::usage);
  } catch (const lanemark::Interrupted& error) {
    lanemark::say("{}", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    lanemark::say("{}", error.what());
  }
  return static_cast<int>(ExitCode::internal);
}
