// SPDX-License-Identifier: MIT

#include "bench/launching/adoption.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "bench/text/deadline.hpp"
#include "bench/text/numbers.hpp"

namespace lanemark {
namespace {

/// Of a process, from "PID (NAME) STATE PARENT …"; the name may hold anything, blanks and brackets too.
std::optional<pid_t> parent_of(pid_t process) {
  std::ifstream file{fmt::format("/proc/{}/stat", process)};
  // A process may end between the opening and the reading, which then fails: getline says so, a stream's iterator
  // throws.
  std::string text;
  std::getline(file, text, '\0');
  constexpr std::size_t to_parent = 4;  // ") S "
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos || bracket + to_parent >= text.size()) return std::nullopt;
  const std::size_t start = bracket + to_parent;
  return whole_number<pid_t>(std::string_view{text}.substr(start, text.find(' ', start) - start));
}

std::set<pid_t> children() {
  std::set<pid_t> found;
  std::error_code status;
  for (std::filesystem::directory_iterator entry{"/proc", status}, end; !status && entry != end;
       entry.increment(status)) {
    const std::optional<pid_t> process = whole_number<pid_t>(entry->path().filename().string());
    if (process && parent_of(*process) == ::getpid()) found.insert(*process);
  }
  return found;
}

}  // namespace

Adoption::Adoption() : children_before_{children()} {
  ::prctl(PR_GET_CHILD_SUBREAPER, &before_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Adoption::~Adoption() { ::prctl(PR_SET_CHILD_SUBREAPER, before_); }

void Adoption::end_all() const {
  constexpr Seconds patience{5};
  constexpr std::chrono::milliseconds pause{10};
  const auto end = deadline(patience);
  for (bool found = true; found && std::chrono::steady_clock::now() < end;) {
    found = false;
    for (const pid_t process : children()) {
      if (children_before_.contains(process)) continue;
      found = true;
      ::kill(process, SIGKILL);
      ::waitpid(process, nullptr, WNOHANG);
    }
    if (found) std::this_thread::sleep_for(pause);
  }
}

}  // namespace lanemark
