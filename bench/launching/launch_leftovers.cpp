// SPDX-License-Identifier: MIT

#include "bench/launching/launch_leftovers.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>

#include "bench/machine/shared_memory.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

template <class Take>
void for_each_in(const fs::path& folder, const Take& take) {
  std::error_code status;
  for (fs::directory_iterator entry{folder, status}, end; !status && entry != end; entry.increment(status)) {
    take(entry->path());
  }
}

/// mpirun's, whose number is in the name: "pid.4711" in "ompi.HOST.USER".
std::set<fs::path> session_folders() {
  std::set<fs::path> found;
  for_each_in(folder_of_variable("TMPDIR", "/tmp"), [&](const fs::path& user) {
    if (!user.filename().string().starts_with("ompi.") || !is_this_users(user) || fs::is_symlink(user)) return;
    for_each_in(user, [&](const fs::path& session) {
      if (session.filename().string().starts_with("pid.")) found.insert(session);
    });
  });
  return found;
}

bool lives(const fs::path& session) {
  const std::string number = session.extension().string().substr(1);
  pid_t process = 0;
  const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), process);
  const bool whole = status == std::errc{} && end == number.data() + number.size() && process > 0;
  return !whole || ::kill(process, 0) == 0 || errno != ESRCH;
}

std::set<fs::path> all_there() {
  std::set<fs::path> all = session_folders();
  for_each_in(shared_memory_folder(), [&](const fs::path& file) {
    if (is_shared_segment(file)) all.insert(file);
  });
  return all;
}

}  // namespace

LaunchLeftovers::LaunchLeftovers() : before_{all_there()} {}

void LaunchLeftovers::remove() const {
  std::set<fs::path> in_use;
  for_each_in("/proc", [&](const fs::path& process) {
    const std::string name = process.filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) in_use.merge(shared_segments_of(name));
  });
  std::error_code ignored;
  for (const fs::path& one : all_there()) {
    if (before_.contains(one) || in_use.contains(one) || !is_this_users(one)) continue;
    if (is_shared_segment(one)) fs::remove(one, ignored);
    else if (!lives(one)) fs::remove_all(one, ignored);
  }
}

}  // namespace lanemark
