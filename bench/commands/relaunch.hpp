// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "bench/gate/evidence.hpp"
#include "bench/launching/launch_command.hpp"
#include "bench/launching/process.hpp"
#include "bench/measurement/exit_code.hpp"
#include "kernels/core/error.hpp"

// Measuring as earlier launches did: by their commands, which their records hold, and which are not trusted.

namespace lanemark {

/// Not one of the launches that were started left a whole record.
class NoRelaunch : public Error {
 public:
  NoRelaunch(const std::string& what, ExitCode code) : Error{what}, code_{code} {}
  [[nodiscard]] ExitCode code() const { return code_; }  ///< as run_launches has it

 private:
  ExitCode code_;
};

struct RelaunchOptions {
  int launches = 0;
  std::filesystem::path results;  ///< folder of their records
  std::string filter{};           ///< in place of the command's own; its own stays where it is empty
  Seconds timeout{0};             ///< of each launch; see relaunch_timeout
};

/// What shaped a launch: its command without what is of that launch alone, and how many ranks it had. Launches of one
/// kind repeat each other.
struct LaunchKind {
  LaunchCommand command;
  int ranks = 1;
  friend auto operator<=>(const LaunchKind&, const LaunchKind&) = default;
};
/// Of a launch on such a machine. Throws UsageError as recorded_command, where its number of ranks is not its
/// machine's, and where this machine is too small for so many: the least of what it has processors for, 4 ranks each or
/// 16, and of its GPUs, where the launch had some.
LaunchKind kind_of(const LaunchSummary& launch, const Fingerprint& fingerprint);

/// Throws UsageError unless this program is of the build that the launch measured, and the variables that change a
/// measurement are set as they were; those of MPI, which mpirun and lanemark set, do not count.
void require_the_same(const LaunchSummary& launch);

/// How long a launch like these may take: `given`, as --relaunch-timeout has it, or where that is empty ten times what
/// the longest of them took by its record, at least a minute and at most a day, whatever a record says. Throws as
/// parse_duration.
Seconds relaunch_timeout(const std::string& given, std::span<const LaunchSummary> launches);

/// Says on standard error what it starts, and starts launches of this kind with this program. The records of those that
/// ran to their end come back; throws NoRelaunch with the reason where none did, Interrupted where a signal ended
/// them, and as run_launches.
std::vector<std::filesystem::path> relaunch(const LaunchKind& kind, const RelaunchOptions& options);

/// These words of a command on one line, as a shell would take them: long ones cut behind their beginning, which has
/// the name of a flag, and repeated ones counted. Throws UsageError where they are too many to be read.
std::string command_to_show(const std::vector<std::string>& words);

/// Not within this folder, or that of this file, whose records a later gate would take for the run's:
/// "runs/new-confirm" beside "runs/new" for "confirm".
std::filesystem::path beside(const std::filesystem::path& run, const std::string& what);

/// The folder that was given, or the one beside the run. Throws UsageError where it is a file, and where the latter is
/// a symbolic link: nobody chose it, and whoever made the records may have laid it there.
std::filesystem::path results_beside(const std::string& given, const std::filesystem::path& run,
                                     const std::string& what);

/// Throws UsageError where this is a file.
void require_folder_or_nothing(const std::filesystem::path& results);

}  // namespace lanemark
