// SPDX-License-Identifier: MIT

#include "bench/launching/process.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/files/descriptor.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/launching/adoption.hpp"
#include "bench/text/deadline.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Clock = std::chrono::steady_clock;

Descriptor opened(const std::filesystem::path& path, int flags) {
  Descriptor file{::open(path.c_str(), flags | O_CLOEXEC, readable_by_all)};
  if (!file.is_open()) throw UsageError(fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  return file;
}

/// Both ends of a pipe, the reading one first.
std::array<Descriptor, 2> new_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw UsageError(fmt::format("no pipe can be made: {}", std::strerror(errno)));
  }
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

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

constexpr std::array heeded_by_child{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGPIPE, SIGXFSZ};

/// What a child must know; made before the fork, after which it may not ask for memory.
struct Start {
  std::span<char* const> command;
  std::span<char* const> environment;
  int input;
  int output;
  int error;
  int report;  ///< where errno goes if the program cannot be started
  pid_t parent;
};

/// dup2 leaves a descriptor that is there already as it is: closed at the exec.
bool becomes(int descriptor, int stream) {
  if (descriptor == stream) return ::fcntl(stream, F_SETFD, 0) == 0;
  return ::dup2(descriptor, stream) >= 0;
}

/// The rest of the child's life. It calls only what a child of a process with several threads may.
[[noreturn]] void become(const Start& start) {
  constexpr int not_started = 127;
  ::setpgid(0, 0);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  // What this process ignores its child would ignore too, even the request to end.
  for (const int signal : heeded_by_child) ::sigaction(signal, &usual, nullptr);
  // A parent that is killed cannot end its child any more.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != start.parent) ::_exit(not_started);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (becomes(start.input, STDIN_FILENO) && becomes(start.output, STDOUT_FILENO) &&
      becomes(start.error, STDERR_FILENO)) {
    ::execvpe(start.command.front(), start.command.data(), start.environment.data());
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(start.report, &error, sizeof error);
  ::_exit(not_started);
}

/// The errno that a child has reported; 0 once the program it became has closed the pipe.
int reported(int pipe) {
  int error = 0;
  ssize_t length = 0;
  do {
    length = ::read(pipe, &error, sizeof error);
  } while (length < 0 && errno == EINTR);
  return length == sizeof error ? error : 0;
}

int reap(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

pid_t spawn(const ProcessPlan& plan, const Descriptor& output, int standard_error) {
  const auto refuse = [&](int error) {
    throw UsageError(fmt::format("{} cannot be started: {}", plan.command.front(), std::strerror(error)));
  };
  const Descriptor nothing = opened("/dev/null", O_RDONLY);
  std::vector<std::string> words = plan.command;
  std::vector<std::string> variables = environment_with(plan.environment);
  const std::vector<char*> command = pointers(words);
  const std::vector<char*> environment = pointers(variables);
  std::array<Descriptor, 2> report = new_pipe();
  const Start start{.command = command,
                    .environment = environment,
                    .input = nothing.get(),
                    .output = output.get(),
                    .error = standard_error,
                    .report = report[1].get(),
                    .parent = ::getpid()};
  // Handlers of this process are not the child's.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // posix_spawn knows no signal at the parent's death.
  const pid_t process = ::fork();
  if (process == 0) become(start);
  int error = process < 0 ? errno : 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  report[1] = Descriptor{};
  if (process > 0) {
    error = reported(report[0].get());
    if (error != 0) reap(process);
  }
  if (error != 0) refuse(error);
  return process;
}

/// A child that does not outlive this.
class Child {
 public:
  explicit Child(const ProcessPlan& plan) {
    if (!plan.output.empty()) {
      // A file that others prepared, or a link, is none of ours.
      const Descriptor log = opened(plan.output, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW);
      process_ = spawn(plan, log, log.get());
      return;
    }
    auto [from, to] = new_pipe();
    process_ = spawn(plan, to, STDERR_FILENO);
    ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
    said_ = std::move(from);
  }
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
  /// What it says; not open where that goes to a file.
  [[nodiscard]] const Descriptor& said() const { return said_; }
  /// What it has said by now is said by this program.
  void pass_on() {
    constexpr std::size_t most = 1UL << 16U;
    std::array<char, most> part{};
    ssize_t length = 0;
    while (said_.is_open() && (length = ::read(said_.get(), part.data(), part.size())) > 0) {
      show(StandardStream::output, {part.data(), static_cast<std::size_t>(length)});
      static_cast<void>(end_of_output());
    }
    if (length == 0) said_ = Descriptor{};
  }
  ProcessResult reap() {
    const int status = lanemark::reap(process_);
    reaped_ = true;
    constexpr int shells_offset = 128;
    if (WIFSIGNALED(status)) return {.code = shells_offset + WTERMSIG(status), .signalled = true};
    return {.code = WEXITSTATUS(status)};
  }

 private:
  pid_t process_ = -1;
  bool reaped_ = false;
  Descriptor said_;
};

}  // namespace

ProcessResult run_process(const ProcessPlan& plan, const StopSignals& stop) {
  const Adoption adoption;
  Child child{plan};
  std::optional<Clock::time_point> next;  // when something must be done about it
  if (plan.timeout > Seconds{0}) next = deadline(plan.timeout);
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
      next = deadline(plan.grace);
    }
    stop.wait(next, child.said().get());
    child.pass_on();
  }
  child.pass_on();
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
