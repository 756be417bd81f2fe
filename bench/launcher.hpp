#pragma once

#include <string>
#include <vector>

namespace lanemark {

/// Whether some MPI launcher started this process.
bool under_launcher();

/// Ranks for a machine of which nothing was said: one a GPU, else one a core up to four, but two at least.
int usual_processes();

/// Replaces this process by mpirun with `processes` ranks of this program. What root, few cores and containers need
/// is told to Open MPI through its environment, which other MPIs ignore. Throws Error where mpirun cannot be started.
[[noreturn]] void start_under_mpirun(int processes, const std::vector<std::string>& arguments);

}  // namespace lanemark
