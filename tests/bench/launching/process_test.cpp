// SPDX-License-Identifier: MIT

// A child process ends when it should, with all that descends from it, and says how.

#include "bench/launching/process.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <limits>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/record/variable.hpp"

namespace lanemark {
namespace {

constexpr Seconds long_time{60};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool is_there(pid_t process) { return ::kill(process, 0) == 0; }

/// The process numbers that a script wrote there, once there are `count`.
std::vector<pid_t> numbers(const std::filesystem::path& path, std::size_t count) {
  std::vector<pid_t> found;
  for (int tries = 0; tries < 1000 && found.size() < count; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    std::ifstream file{path};
    found.assign(std::istream_iterator<pid_t>{file}, {});
  }
  return found;
}

/// What a shell's background jobs and nohup have made ignored.
void heed_stop_signals() {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::signal(signal, SIG_DFL);
}

class Process : public testing::Test {
 protected:
  /// `script` is run by sh in the folder.
  ProcessPlan plan(const std::string& script) {
    return {.command = {"sh", "-c", "cd '" + folder_.path().string() + "'\n" + script},
            .environment = {},
            .output = folder_.path() / "output"};
  }
  ProcessResult run(const ProcessPlan& plan) {
    const StopSignals stop;
    return run_process(plan, stop);
  }
  [[nodiscard]] std::string output() const { return text_of(folder_.path() / "output"); }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return folder_.path() / name; }

 private:
  TemporaryFolder folder_;
};

TEST_F(Process, saysItsCodeAndLeavesWhatItPrinted) {
  const ProcessResult result = run(plan("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.code, 3);
  EXPECT_FALSE(result.signalled);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.stopped_by, 0);
  EXPECT_EQ(output(), "out\nerr\n");
}

TEST_F(Process, saysTheSignalAsShellsDo) {
  const ProcessResult result = run(plan("kill -KILL $$"));
  EXPECT_EQ(result.code, 128 + SIGKILL);
  EXPECT_TRUE(result.signalled);
  EXPECT_FALSE(result.timed_out);
}

TEST_F(Process, getsTheEnvironmentAndWhatIsAdded) {
  const Variable own{"LANEMARK_TEST_OWN", "own"};
  const Variable old{"LANEMARK_TEST_BOTH", "old"};
  ProcessPlan both = plan("echo $LANEMARK_TEST_OWN $LANEMARK_TEST_BOTH $LANEMARK_TEST_ADDED");
  both.environment = {{"LANEMARK_TEST_BOTH", "new"}, {"LANEMARK_TEST_ADDED", "added"}};
  run(both);
  EXPECT_EQ(output(), "own new added\n");
}

TEST_F(Process, hasAGroupOfItsOwnAndNoInput) {
  run(plan("read line && echo read; ps -o pgid= -p $$ | grep -qw $$ && echo own"));
  EXPECT_EQ(output(), "own\n");
}

TEST_F(Process, isRefusedWhereItCannotStart) {
  ProcessPlan none = plan("");
  none.command = {"no-such-program-anywhere"};
  EXPECT_THROW(run(none), UsageError);
  ProcessPlan no_output = plan("exit 0");
  no_output.output = file("no/such/folder");
  EXPECT_THROW(run(no_output), UsageError);
}

TEST_F(Process, isEndedForItsTime) {
  ProcessPlan slow = plan("trap 'echo asked; exit 9' TERM; sleep 300 & wait");
  slow.timeout = Seconds{1};
  const ProcessResult result = run(slow);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.code, 9);
  EXPECT_EQ(output(), "asked\n");
}

TEST_F(Process, mayTakeLongerThanClocksCount) {
  ProcessPlan patient = plan("sleep 0.2; exit 3");
  for (const double seconds : {1e10, 1e300, std::numeric_limits<double>::infinity()}) {
    patient.timeout = Seconds{seconds};
    const ProcessResult result = run(patient);
    EXPECT_FALSE(result.timed_out) << seconds;
    EXPECT_EQ(result.code, 3) << seconds;
  }
}

TEST_F(Process, isKilledAfterTheGrace) {
  ProcessPlan deaf = plan("trap '' TERM; echo $$ >pids; sleep 300 & echo $! >>pids; wait");
  deaf.timeout = Seconds{1};
  deaf.grace = Seconds{0.2};
  const ProcessResult result = run(deaf);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.code, 128 + SIGKILL);
  const std::vector<pid_t> pids = numbers(file("pids"), 2);
  ASSERT_EQ(pids.size(), 2);
  for (const pid_t process : pids) EXPECT_FALSE(is_there(process));
}

// As mpirun's ranks do, which have groups of their own.
TEST_F(Process, leavesNothingBehindWhenItDies) {
  run(
      plan("setsid sh -c 'sleep 300 & echo $! >>pids; echo $$ >>pids; wait' &\n"
           "while [ \"$(wc -w <pids)\" != 2 ]; do sleep 0.01; done 2>/dev/null; kill -KILL $$"));
  const std::vector<pid_t> pids = numbers(file("pids"), 2);
  ASSERT_EQ(pids.size(), 2);
  for (const pid_t process : pids) EXPECT_FALSE(is_there(process));
}

TEST_F(Process, leavesOtherChildrenAlone) {
  const pid_t other = ::fork();
  if (other == 0) {
    ::sleep(300);
    ::_exit(0);
  }
  run(plan("kill -KILL $$"));
  int status = 0;
  EXPECT_EQ(::waitpid(other, &status, WNOHANG), 0);
  ::kill(other, SIGKILL);
  ::waitpid(other, &status, 0);
}

// In a process of its own, which gets a signal meanwhile.
class StoppedProcess : public Process {
 protected:
  /// Runs the script, sends these signals one after the other as soon as it has written two process numbers, and gives
  /// back the exit code: 100 + the signal that run_process says it was stopped by.
  int run_and_send(ProcessPlan plan, const std::vector<int>& signals) {
    plan.grace = long_time;
    const pid_t runner = ::fork();
    if (runner == 0) {
      heed_stop_signals();
      const StopSignals stop;
      ::_exit(100 + run_process(plan, stop).stopped_by);
    }
    pids_ = numbers(file("pids"), 2);
    for (const int signal : signals) {
      ::kill(runner, signal);
      std::this_thread::sleep_for(std::chrono::milliseconds{300});
    }
    int status = 0;
    for (int tries = 0; tries < 1000 && ::waitpid(runner, &status, WNOHANG) == 0; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    if (::kill(runner, SIGKILL) == 0) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
  }
  void expect_gone() const {
    ASSERT_EQ(pids_.size(), 2);
    for (const pid_t process : pids_) EXPECT_FALSE(is_there(process));
  }

 private:
  std::vector<pid_t> pids_;
};

TEST_F(StoppedProcess, endsWhenThisProgramShould) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    EXPECT_EQ(run_and_send(plan("setsid sleep 300 & echo $$ $! >pids; wait"), {signal}), 100 + signal);
    expect_gone();
    std::filesystem::remove(file("pids"));
  }
}

TEST_F(StoppedProcess, isKilledAtASecondRequest) {
  const ProcessPlan deaf = plan("trap '' TERM INT; sleep 300 & echo $$ $! >pids; wait");
  EXPECT_EQ(run_and_send(deaf, {SIGINT, SIGTERM}), 100 + SIGINT);
  expect_gone();
}

// Nothing of it runs on then; what it started must know by itself.
TEST_F(Process, isAskedToEndWhenThisProgramIsKilled) {
  const ProcessPlan plain =
      plan("trap 'echo asked; kill $job; exit' TERM; sleep 300 & job=$!; echo $$ $job >pids; wait");
  const pid_t runner = ::fork();
  if (runner == 0) {
    const StopSignals stop;
    run_process(plain, stop);
    ::_exit(0);
  }
  const std::vector<pid_t> pids = numbers(file("pids"), 2);
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  ASSERT_EQ(pids.size(), 2);
  for (int tries = 0; tries < 1000 && output() != "asked\n"; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  EXPECT_EQ(output(), "asked\n");
  ::kill(-pids.front(), SIGKILL);
}

TEST(StopSignals, comeBackToWhatTheyDidBefore) {
  heed_stop_signals();
  struct sigaction before {};
  ::sigaction(SIGTERM, nullptr, &before);
  {
    const StopSignals stop;
    EXPECT_THROW(StopSignals{}, Error);
    ::raise(SIGTERM);
    ::raise(SIGINT);
    EXPECT_EQ(stop.count(), 2);
    EXPECT_EQ(stop.first(), SIGTERM);
    stop.wait(std::nullopt);
  }
  struct sigaction now {};
  ::sigaction(SIGTERM, nullptr, &now);
  EXPECT_EQ(now.sa_handler, before.sa_handler);
  const StopSignals fresh;
  EXPECT_EQ(fresh.count(), 0);
  EXPECT_EQ(fresh.first(), 0);
}

TEST(StopSignals, leaveWhatIsIgnored) {
  ::signal(SIGHUP, SIG_IGN);
  {
    const StopSignals stop;
    ::raise(SIGHUP);
    EXPECT_EQ(stop.count(), 0);
  }
  EXPECT_EQ(::signal(SIGHUP, SIG_DFL), SIG_IGN);
}

}  // namespace
}  // namespace lanemark
