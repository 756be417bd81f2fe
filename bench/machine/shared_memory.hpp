// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <set>
#include <string>

// The files by which ranks of a node share memory, and which an MPI that did not end leaves behind.

namespace lanemark {

/// What an environment variable names, or `otherwise` where it is not set.
std::filesystem::path folder_of_variable(const char* variable, const char* otherwise);

/// Where those files are, which Open MPI may have been told.
std::filesystem::path shared_memory_folder();
/// Whether it has a name that Open MPI gives, in that folder.
bool is_shared_segment(const std::filesystem::path& file);
/// Those that a process, "4711" or "self", has mapped.
std::set<std::filesystem::path> shared_segments_of(const std::string& process);
bool is_this_users(const std::filesystem::path& file);

/// Removes what this process has mapped; the others that share it keep it.
void remove_shared_memory_of_this_process();

}  // namespace lanemark
