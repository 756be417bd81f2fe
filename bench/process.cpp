#include "bench/process.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <set>
#include <spawn.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "kernels/core/error.hpp"
#include "kernels/core/handle.hpp"

namespace lanemark {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point after(Seconds time) { return Clock::now() + std::chrono::duration_cast<Clock::duration>(time); }

std::optional<pid_t> number(std::string_view text) {
  pid_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Of a process, from "PID (NAME) STATE PARENT …"; the name may hold anything, blanks and brackets too.
std::optional<pid_t> parent_of(pid_t process) {
  std::ifstream file{fmt::format("/proc/{}/stat", process)};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  constexpr std::size_t to_parent = 4;  // ") S "
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos || bracket + to_parent >= text.size()) return std::nullopt;
  const std::size_t start = bracket + to_parent;
  return number(std::string_view{text}.substr(start, text.find(' ', start) - start));
}

std::set<pid_t> children() {
  std::set<pid_t> found;
  std::error_code status;
  for (std::filesystem::directory_iterator entry{"/proc", status}, end; !status && entry != end;
       entry.increment(status)) {
    const std::optional<pid_t> process = number(entry->path().filename().string());
    if (process && parent_of(*process) == ::getpid()) found.insert(*process);
  }
  return found;
}

/// While one lives, descendants whose parent ends become this process's children and not those of the machine's first.
class Adoption {
 public:
  Adoption() : children_before_{children()} {
    ::prctl(PR_GET_CHILD_SUBREAPER, &before_);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  Adoption(const Adoption&) = delete;
  Adoption& operator=(const Adoption&) = delete;
  Adoption(Adoption&&) = delete;
  Adoption& operator=(Adoption&&) = delete;
  ~Adoption() { ::prctl(PR_SET_CHILD_SUBREAPER, before_); }

  /// Kills all that were adopted, and those adopted through that. What a driver holds cannot be killed and is left
  /// after a while.
  void end_all() const {
    constexpr Seconds patience{5};
    constexpr std::chrono::milliseconds pause{10};
    const auto deadline = after(patience);
    for (bool found = true; found && Clock::now() < deadline;) {
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

 private:
  std::set<pid_t> children_before_;
  int before_ = 0;
};

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags) {
    constexpr mode_t readable_by_all = 0644;
    descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, readable_by_all);
    if (descriptor_ < 0) throw UsageError(fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  OpenFile(OpenFile&&) = delete;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() { ::close(descriptor_); }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& additions) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (!additions.contains(std::string{text.substr(0, text.find('='))})) all.emplace_back(text);
  }
  for (const auto& [name, value] : additions) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

/// As C wants a list of words: valid while they are.
std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

pid_t spawn(const ProcessPlan& plan) {
  const OpenFile nothing{"/dev/null", O_RDONLY};
  const OpenFile output{plan.output, O_WRONLY | O_CREAT | O_APPEND};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  const Handle<posix_spawn_file_actions_t*, ::posix_spawn_file_actions_destroy> owned_files{&files};
  ::posix_spawn_file_actions_adddup2(&files, nothing.descriptor(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output.descriptor(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output.descriptor(), STDERR_FILENO);

  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  const Handle<posix_spawnattr_t*, ::posix_spawnattr_destroy> owned_attributes{&attributes};
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  // What this process ignores its child would ignore too, even the request to end.
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGPIPE}) ::sigaddset(&signals, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> command = plan.command;
  std::vector<std::string> environment = environment_with(plan.environment);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, command.front().c_str(), &files, &attributes, pointers(command).data(),
                                   pointers(environment).data());
  if (error != 0) throw UsageError(fmt::format("{} cannot be started: {}", command.front(), std::strerror(error)));
  return process;
}

/// A child that does not outlive this.
class Child {
 public:
  explicit Child(const ProcessPlan& plan) : process_{spawn(plan)} {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;
  ~Child() {
    signal(SIGKILL);
    if (!reaped_) reap();
  }

  /// Whether it has; its number, which is its group's too, is not given to another process before `reap`.
  [[nodiscard]] bool ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == process_;
  }
  /// To its whole group; none once it is reaped.
  void signal(int which) const {
    if (!reaped_) ::kill(-process_, which);
  }
  ProcessResult reap() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    constexpr int shells_offset = 128;
    if (WIFSIGNALED(status)) return {.code = shells_offset + WTERMSIG(status), .signalled = true};
    return {.code = WEXITSTATUS(status)};
  }

 private:
  pid_t process_;
  bool reaped_ = false;
};

}  // namespace

ProcessResult run_process(const ProcessPlan& plan, const StopSignals& stop) {
  const Adoption adoption;
  Child child{plan};
  std::optional<Clock::time_point> next;  // when something must be done about it
  if (plan.timeout > Seconds{0}) next = after(plan.timeout);
  int stops_seen = 0;  // one that came just before the start counts
  bool ending = false;
  bool timed_out = false;
  while (!child.ended()) {
    const bool late = next && Clock::now() >= *next;
    const bool asked = stop.count() > stops_seen;
    stops_seen = stop.count();
    if (ending && (late || asked)) {
      child.signal(SIGKILL);
      next.reset();
    } else if (late || asked) {
      timed_out = !asked;
      ending = true;
      child.signal(SIGTERM);
      next = after(plan.grace);
    }
    stop.wait(next);
  }
  const bool asked = stop.count() > 0;
  const bool well = !ending && !asked;
  if (!well) child.signal(SIGKILL);
  ProcessResult result = child.reap();
  result.timed_out = timed_out;
  result.stopped_by = asked ? stop.first() : 0;
  if (!well || result.code != 0) adoption.end_all();
  return result;
}

}  // namespace lanemark
