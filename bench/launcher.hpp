#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lanemark {

/// Whether some MPI launcher started this process.
bool under_launcher();

/// Ranks for a machine of which nothing was said: one a GPU, else one a core up to four, but two at least.
int usual_processes();

/// What root, few cores and containers need, told to Open MPI through variables, which other MPIs ignore. Those that
/// the user has set are not among them.
std::map<std::string, std::string> mpi_environment();

/// The path of this program.
std::string this_program();

/// For a message that mpirun cannot be started.
constexpr std::string_view no_mpirun_cure =
    "install Open MPI (Debian, Ubuntu: openmpi-bin) or start lanemark run under your own launcher";

/// Replaces this process by mpirun with `processes` ranks of this program, in that environment. Throws UsageError where
/// mpirun cannot be started.
[[noreturn]] void start_under_mpirun(int processes, const std::vector<std::string>& arguments);

}  // namespace lanemark
