// SPDX-License-Identifier: MIT

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/commands/google_benchmark_flags.hpp"
#include "bench/engine/cli11_fwd.hpp"
#include "bench/engine/watchdog.hpp"
#include "bench/launching/process.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// A command line as it was given.
struct CommandWords {
  std::vector<std::string> all;              ///< without the program's name
  GoogleBenchmarkFlags of_google_benchmark;  ///< which may stand anywhere among them
};

/// A command of the program, `lanemark NAME …`: one object, which declares its flags, accepts what it was given and
/// does it, in this order and each once.
class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  Command(Command&&) = delete;
  Command& operator=(Command&&) = delete;
  virtual ~Command() = default;

  virtual void declare(CLI::App& app) = 0;
  /// After `app`, which it declared its flags to, was parsed. Throws UsageError. Without a word of its own a command
  /// has no use for Google Benchmark's flags.
  virtual void accept(const CommandWords& words, const CLI::App& app);
  /// Throws UsageError where a process that a launcher started cannot do it.
  virtual void require_no_launcher() const {}
  /// In seconds, of each step of a process that has MPI; 0 for none.
  [[nodiscard]] virtual double timeout() const { return usual_timeout; }

  /// In a process that no launcher started, before MPI: its exit code, or nothing where it needs MPI even so. Throws
  /// UsageError, Interrupted.
  virtual std::optional<int> run_alone() = 0;
  /// Collective, with MPI up; the same exit code on all ranks. Throws UsageError, the same on all ranks.
  virtual ExitCode run_together(const World& control, Watchdog& watchdog) = 0;

  static constexpr double usual_timeout = 600;
};

/// A command that only looks at records and baselines: it needs no MPI, and under a launcher rank 0 does it.
class RecordsCommand : public Command {
 public:
  std::optional<int> run_alone() final;
  ExitCode run_together(const World& control, Watchdog& watchdog) final;

 private:
  /// Throws UsageError, and NothingMeasured where there is nothing to conclude from.
  virtual ExitCode look() = 0;
};

/// How the program knows a command.
struct CommandEntry {
  std::string_view name;
  std::string_view what;  ///< for the help
  int order;              ///< in the help
  std::unique_ptr<Command> (*make)();
};

/// What was said may not have arrived: a full disk, a stream that was closed. A reader that has had enough is told
/// nothing.
ExitCode checked_output(ExitCode code);
/// The same before MPI ends, as only rank 0 speaks: its code, on all ranks.
ExitCode checked_together(ExitCode code, const World& world, Watchdog& watchdog);

/// The command that these words ask for, with its flags accepted. Throws UsageError, and ShowText for --help and
/// --version.
std::unique_ptr<Command> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace lanemark
