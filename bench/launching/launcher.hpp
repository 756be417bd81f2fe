// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lanemark {

/// Whether some MPI launcher started this process.
bool under_launcher();

/// Ranks for a machine of which nothing was said: one a GPU, else one a processor that this process may use, up to
/// four, but two at least.
int usual_processes();

/// What root, few cores and containers need, told to Open MPI through variables, which other MPIs ignore. Those that
/// the user has set are not among them.
std::map<std::string, std::string> mpi_environment();

/// The path of this program.
std::string this_program();

/// The variable through which a launch is told its id by the program that starts it: 16 hexadecimal digits, by which
/// its record is then found.
constexpr const char* launch_id_variable = "LANEMARK_LAUNCH_ID";
/// What that variable says; nothing where it says no such id.
std::optional<std::string> given_launch_id();

/// Throws UsageError, with the cure, where there is no such program, looked for in PATH unless it is a path.
void require_mpirun(const std::string& mpirun);

/// For a message that mpirun cannot be started.
constexpr std::string_view no_mpirun_cure =
    "install Open MPI (Debian, Ubuntu: openmpi-bin) or start lanemark run under your own launcher";

/// The words that have `mpirun` start so many ranks of the program, an absolute path, with these arguments: the one
/// place where they are put together. mpirun ends a program's words at ":" and starts the next one's, wherever that
/// stands, and Open MPI looks for "-mca" among them all; so throws UsageError unless each argument is a plain word, a
/// "--name=value", or a "--name" before an empty one, as `words` makes them, and on one that holds a zero byte.
std::vector<std::string> mpirun_command(const std::string& mpirun, int processes, const std::filesystem::path& program,
                                        const std::vector<std::string>& arguments);

/// Runs mpirun with `processes` ranks of this program in that environment, and says what they say. Its exit code, or
/// 128 + n where signal n asked this program to end. Throws UsageError where mpirun cannot be started, and as
/// mpirun_command.
int run_under_mpirun(int processes, const std::vector<std::string>& arguments);

}  // namespace lanemark
