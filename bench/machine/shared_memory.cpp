// SPDX-License-Identifier: MIT

#include "bench/machine/shared_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace lanemark {

namespace fs = std::filesystem;

fs::path folder_of_variable(const char* variable, const char* otherwise) {
  const char* const given = std::getenv(variable);
  return given == nullptr || *given == '\0' ? otherwise : given;
}

fs::path shared_memory_folder() { return folder_of_variable("OMPI_MCA_btl_vader_backing_directory", "/dev/shm"); }

bool is_shared_segment(const fs::path& file) {
  constexpr std::array<std::string_view, 2> names{"vader_segment.", "sm_segment."};
  const std::string name = file.filename().string();
  return file.parent_path() == shared_memory_folder() &&
         std::ranges::any_of(names, [&](std::string_view start) { return name.starts_with(start); });
}

std::set<fs::path> shared_segments_of(const std::string& process) {
  std::set<fs::path> found;
  std::ifstream maps{fmt::format("/proc/{}/maps", process)};
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos && is_shared_segment(line.substr(path))) found.insert(line.substr(path));
  }
  return found;
}

bool is_this_users(const fs::path& file) {
  struct stat status {};
  return ::lstat(file.c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

void remove_shared_memory_of_this_process() {
  std::error_code ignored;
  for (const fs::path& one : shared_segments_of("self")) {
    if (is_this_users(one)) fs::remove(one, ignored);
  }
}

}  // namespace lanemark
