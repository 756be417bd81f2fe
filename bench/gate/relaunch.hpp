#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/gate/evidence.hpp"

// Measuring as earlier launches did: by their commands, which their records hold.

namespace lanemark {

struct RelaunchOptions {
  int launches = 0;
  std::filesystem::path results;  ///< folder of their records
  std::string filter{};           ///< in place of the command's own; its own stays where it is empty
};

/// A launch's command less what is of that launch alone, and how many ranks it had. Launches of one kind repeat each
/// other.
struct LaunchKind {
  std::vector<std::string> arguments;  ///< see shared_arguments
  int ranks = 1;
  friend auto operator<=>(const LaunchKind&, const LaunchKind&) = default;
};
LaunchKind kind_of(const LaunchSummary& launch);

/// Throws Error unless this program is of the commit that the launch measured, and the variables that change a
/// measurement are set as they were; those of MPI, which mpirun and lanemark set, do not count.
void require_the_same(const LaunchSummary& launch);

/// Starts launches of this kind with this program. The records of those that ran to their end come back; throws
/// Error with the reason where none did, Interrupted where a signal ended them, and as run_launches.
std::vector<std::filesystem::path> relaunch(const LaunchKind& kind, const RelaunchOptions& options);

/// Not within this folder, or that of this file, whose records a later gate would take for the run's:
/// "runs/new-confirm" beside "runs/new" for "confirm".
std::filesystem::path beside(const std::filesystem::path& run, const std::string& what);

/// Throws UsageError where this is a file.
void require_folder_or_nothing(const std::filesystem::path& results);

}  // namespace lanemark
