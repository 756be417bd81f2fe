// SPDX-License-Identifier: MIT

// What becomes of launches when one fails, when this program is ended, and what is left of them. A script stands in
// for mpirun.

#include "bench/launching/launches.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"

namespace lanemark {
namespace {

using Words = std::vector<std::string>;
using Codes = std::vector<int>;

/// Plans whose mpirun is a script. It notes its arguments, prints fifty lines, leaves a record and ends with the code
/// that the file `codes` has for it, 0 where that has no more.
class Launches : public testing::Test {
 protected:
  Launches() {
    leave("");
    write("script",
          "#!/bin/sh\n"
          "cd '" +
              folder_.path().string() +
              "' || exit 99\n"
              "echo \"$*\" >>calls\n"
              "n=$(wc -l <calls)\n"
              "code=$(sed -n \"${n}p\" codes 2>/dev/null)\n"
              "for word; do case $word in --results=*) results=${word#--results=} ;; esac; done\n"
              "[ \"$code\" = hang ] && { sleep 300 & echo $$ $! >pids; wait; }\n"
              "suffix=; case ${code:-0} in 0|5|7) ;; *) suffix=.partial ;; esac\n"
              "[ -e beside ] && cp whole/*.jsonl \"$results/another-$n.jsonl\"\n"
              "[ \"$code\" = none ] && exit 0\n"
              "[ \"$code\" = vanish ] && { rm -r \"$results\"; exit 0; }\n"
              "record=$results/lanemark-$n.jsonl$suffix\n"
              "if [ -e older ]; then cp whole/*.jsonl \"$record\"; echo \"Record: $record\"\n"
              "else sed \"s/0123456789abcdef/$LANEMARK_LAUNCH_ID/\" whole/*.jsonl >\"$record\"; fi\n"
              "seq -f 'line %g' 50\n"
              "exit ${code:-0}\n");
    std::filesystem::permissions(folder_.path() / "script", std::filesystem::perms::owner_all);
  }

  /// From here on launches leave records of ranks that wait for each other's processors for this reason.
  void leave(const std::string& crowding) const {
    std::filesystem::remove_all(file("whole"));
    LaunchHeader header;
    header.launch = "0123456789abcdef";
    header.started = "2026-01-31T09:30:00Z";
    header.fingerprint_id = id(header.fingerprint);
    header.crowding = crowding;
    Recorder whole{file("whole"), header};
    whole.finish();
  }

  [[nodiscard]] LaunchPlan plan(int launches) const {
    LaunchPlan plan{.program = "/bin/sh",
                    .arguments = {"run", "suite"},
                    .processes = 3,
                    .launches = launches,
                    .results = results()};
    plan.seed = 7;
    plan.grace = Seconds{1};
    plan.mpirun = file("script").string();
    return plan;
  }
  [[nodiscard]] std::filesystem::path results() const { return folder_.path() / "results"; }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return folder_.path() / name; }
  void write(const char* name, const std::string& text) const { std::ofstream{folder_.path() / name} << text; }
  [[nodiscard]] Words calls() const {
    std::ifstream lines{folder_.path() / "calls"};
    Words all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    return all;
  }
  /// Runs it with what goes to standard error kept in `said`.
  LaunchesResult run(const LaunchPlan& plan) {
    testing::internal::CaptureStderr();
    try {
      LaunchesResult result = run_launches(plan);
      said = testing::internal::GetCapturedStderr();
      return result;
    } catch (...) {
      said = testing::internal::GetCapturedStderr();
      throw;
    }
  }
  /// Launches whose ends are these; their codes.
  Codes ends(int launches, const std::string& codes, int& exit) {
    write("codes", codes);
    const LaunchesResult result = run(plan(launches));
    exit = result.code;
    Codes found;
    for (const LaunchOutcome& one : result.launches) found.push_back(one.code);
    return found;
  }

  std::string said;

 private:
  TemporaryFolder folder_;
};

TEST_F(Launches, areStartedOneAfterTheOtherEachWithASeedOfItsOwn) {
  const LaunchesResult result = run(plan(3));
  EXPECT_EQ(result.code, 0);
  const std::string start = "-np 3 /bin/sh run suite --results=" + results().string();
  EXPECT_EQ(calls(), (Words{start + " --seed=7", start + " --seed=8", start + " --seed=9"}));
  ASSERT_EQ(result.launches.size(), 3);
  for (const LaunchOutcome& one : result.launches) {
    EXPECT_TRUE(read_launch(one.record).complete());
    EXPECT_EQ(one.log.string(), std::filesystem::path{one.record}.replace_extension(".log").string());
    EXPECT_EQ(std::filesystem::file_size(one.log), 9 * 7 + 41 * 8);
  }
  EXPECT_NE(said.find("launch 3/3"), std::string::npos);
  EXPECT_NE(said.find("to go"), std::string::npos);
  EXPECT_EQ(said.find("line "), std::string::npos) << "what a launch prints is shown only if it fails";
}

TEST_F(Launches, ofTwoBuildsTakeTurnsWithTheSameData) {
  LaunchPlan both = plan(2);
  both.other_build = "/bin/ls";
  const LaunchesResult result = run(both);
  EXPECT_EQ(result.code, 0);
  const std::string ours = "-np 3 /bin/sh run suite --results=" + (results() / "a").string();
  const std::string other = "-np 3 /bin/ls run suite --results=" + (results() / "b").string();
  EXPECT_EQ(calls(), (Words{ours + " --seed=7", other + " --seed=7", other + " --seed=8", ours + " --seed=8"}));
  ASSERT_EQ(result.launches.size(), 4);
  EXPECT_EQ(result.launches[2].record, results() / "b" / "lanemark-3.jsonl");
  EXPECT_NE(said.find("launch 2/4 (other build)"), std::string::npos);
}

TEST_F(Launches, goOnAfterOneThatFailed) {
  int exit = 0;
  EXPECT_EQ(ends(4, "0\n1\n0\n0\n", exit), (Codes{0, 7, 0, 0}));
  EXPECT_EQ(exit, 7);
  EXPECT_NE(said.find("launch 2/4 ended with exit code 1"), std::string::npos);
  EXPECT_NE(said.find("    line 11\n"), std::string::npos);
  EXPECT_EQ(said.find("    line 10\n"), std::string::npos) << "its last forty lines are shown";
  EXPECT_TRUE(std::filesystem::exists(results() / "lanemark-2.jsonl.partial"));
  EXPECT_TRUE(std::filesystem::exists(results() / "lanemark-2.log"));
}

TEST_F(Launches, tellOneThatMeasuredNothingFromOneThatDied) {
  int exit = 0;
  EXPECT_EQ(ends(3, "7\n0\n1\n", exit), (Codes{7, 0, 7}));
  EXPECT_EQ(exit, 7);
  EXPECT_NE(said.find("launch 1/3 measured nothing that counts"), std::string::npos) << said;
  EXPECT_NE(said.find("launch 3/3 ended with exit code 1"), std::string::npos) << said;
  EXPECT_NE(said.find("2 of 3 launches left a whole record"), std::string::npos) << said;
}

TEST_F(Launches, thatAreNotToBeComparedAreToldOfAtTheEnd) {
  run(plan(2));
  EXPECT_EQ(said.find("not to be compared"), std::string::npos) << said;
  leave("3 ranks need 3 processors and may use 2");
  run(plan(2));
  EXPECT_NE(said.find("2 of them are not to be compared, the first as 3 ranks need 3 processors"), std::string::npos)
      << said;
  EXPECT_NE(said.find("--accept-load"), std::string::npos);
}

TEST_F(Launches, stopAfterTwoInARowThatFailedAlike) {
  int exit = 0;
  EXPECT_EQ(ends(6, "0\n1\n1\n", exit), (Codes{0, 7, 7}));
  EXPECT_EQ(exit, 7);
  EXPECT_NE(said.find("stopped after 3 of 6"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(results() / "lanemark-1.jsonl"));
}

TEST_F(Launches, goOnAfterTwoThatFailedDifferently) {
  int exit = 0;
  EXPECT_EQ(ends(4, "1\n137\n1\n0\n", exit), (Codes{7, 7, 7, 0}));
  EXPECT_EQ(exit, 7);
}

TEST_F(Launches, goOnWithWrongDataWhichIsTheGravest) {
  int exit = 0;
  EXPECT_EQ(ends(5, "5\n5\n6\n1\n0\n", exit), (Codes{5, 5, 6, 7, 0}));
  EXPECT_EQ(exit, 5);
}

TEST_F(Launches, sayThatACaseTimedOut) {
  int exit = 0;
  EXPECT_EQ(ends(3, "6\n1\n0\n", exit), (Codes{6, 7, 0}));
  EXPECT_EQ(exit, 6);
}

TEST_F(Launches, stopWhenTheFirstIsRefused) {
  int exit = 0;
  EXPECT_EQ(ends(4, "2\n", exit), (Codes{2}));
  EXPECT_EQ(exit, 2);
}

TEST_F(Launches, goOnWhenALaterOneIsRefused) {
  int exit = 0;
  EXPECT_EQ(ends(3, "0\n2\n0\n", exit), (Codes{0, 2, 0}));
  EXPECT_EQ(exit, 7);
}

TEST_F(Launches, stopWhenTheFirstOfTheOtherBuildIsRefused) {
  write("codes", "0\n2\n0\n0\n");
  LaunchPlan both = plan(2);
  both.other_build = "/bin/ls";
  EXPECT_EQ(run(both).code, 2);
  EXPECT_EQ(calls().size(), 2);
}

TEST_F(Launches, areNotWellWithoutAWholeRecord) {
  int exit = 0;
  EXPECT_EQ(ends(3, "0\nnone\n0\n", exit), (Codes{0, 7, 0}));
  EXPECT_EQ(exit, 7);
}

TEST_F(Launches, areEndedForTheirTimeAndTheRestGoesOn) {
  write("codes", "0\nhang\n0\n");
  LaunchPlan limited = plan(3);
  limited.timeout = Seconds{3};
  const LaunchesResult result = run(limited);
  ASSERT_EQ(result.launches.size(), 3);
  EXPECT_TRUE(result.launches[1].process.timed_out);
  EXPECT_EQ(result.launches[1].code, 6);
  EXPECT_EQ(result.code, 6);
  EXPECT_EQ(result.launches[2].code, 0);
  EXPECT_NE(said.find("ran past its time limit of 3 s (--launch-timeout) and was ended"), std::string::npos) << said;
}

TEST_F(Launches, areNotStartedWhereMpirunWouldTakeAWordForItsOwn) {
  LaunchPlan hostile = plan(1);
  hostile.arguments = {"run", "suite", ":", "-np", "1", "touch", file("canary").string()};
  EXPECT_THROW(run(hostile), UsageError);
  EXPECT_TRUE(calls().empty());
}

TEST_F(Launches, tellTheirRecordsFromThoseOfOthersInTheFolder) {
  write("beside", "");
  for (const char* build : {"this", "older"}) {
    const LaunchesResult result = run(plan(2));
    EXPECT_EQ(result.code, 0) << build;
    ASSERT_EQ(result.launches.size(), 2) << build;
    for (const LaunchOutcome& one : result.launches) {
      EXPECT_TRUE(one.record.filename().string().starts_with("lanemark-")) << build << one.record;
      EXPECT_EQ(one.log.stem(), one.record.stem()) << build;
    }
    EXPECT_NE(said.find("2 of 2 launches left a whole record"), std::string::npos) << build;
    write("older", "");
  }
}

TEST_F(Launches, areNotWellWithoutARecordOfTheirOwn) {
  write("beside", "");
  write("codes", "none\nnone\n");
  std::filesystem::create_directories(results());
  EXPECT_EQ(run(plan(1)).code, 7);
}

TEST_F(Launches, sayWhatThereIsWhenTheFolderVanishes) {
  int exit = 0;
  EXPECT_EQ(ends(4, "0\nvanish\n", exit), (Codes{0, 7}));
  EXPECT_EQ(exit, 7);
  EXPECT_NE(said.find("1 of 4 launches left a whole record"), std::string::npos);
  EXPECT_NE(said.find("cannot write to " + results().string()), std::string::npos);
  EXPECT_EQ(said.find("Open MPI"), std::string::npos);
}

TEST_F(Launches, goOnWhereNobodyReadsTheProgress) {
  for (const bool full : {true, false}) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::array<int, 2> unread{};
      if (::pipe(unread.data()) != 0) ::_exit(99);
      ::close(unread[0]);
      ::dup2(full ? ::open("/dev/full", O_WRONLY) : unread[1], STDERR_FILENO);
      try {
        ::_exit(run_launches(plan(2)).code);
      } catch (...) {
        ::_exit(98);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
}

TEST_F(Launches, keepWhatTheySayOutOfALogWhereStreamsAreClosed) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(stream);
    ::_exit(run_launches(plan(1)).code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(std::filesystem::file_size(results() / "lanemark-1.log"), 9 * 7 + 41 * 8);
}

TEST_F(Launches, neverWriteOverALog) {
  std::filesystem::create_directories(results());
  write("results/launch-1.log", "kept");
  write("codes", "none\n");
  const LaunchesResult result = run(plan(1));
  EXPECT_EQ(result.launches.front().log, results() / "launch-1-2.log");
  EXPECT_EQ(std::filesystem::file_size(results() / "launch-1.log"), 4);
}

TEST_F(Launches, sayThatTheFolderHoldsRecordsAlready) {
  run(plan(1));
  EXPECT_EQ(said.find("already"), std::string::npos);
  std::filesystem::remove(results() / "lanemark-1.log");
  run(plan(1));
  EXPECT_NE(said.find("holds 1 record already"), std::string::npos);
}

TEST_F(Launches, stopWhenTheProgramWasReplaced) {
  write("program", "");
  LaunchPlan replaced = plan(3);
  replaced.program = file("program");
  write("codes", "0\n0\n");
  std::filesystem::last_write_time(file("program"),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  const std::string script =
      "#!/bin/sh\ntouch '" + file("program").string() + "'\nexec '" + file("script").string() + "' \"$@\"\n";
  write("touching", script);
  std::filesystem::permissions(file("touching"), std::filesystem::perms::owner_all);
  replaced.mpirun = file("touching").string();
  const LaunchesResult result = run(replaced);
  EXPECT_EQ(result.launches.size(), 1);
  EXPECT_EQ(result.code, 7);
  EXPECT_NE(result.stopped, "");
  EXPECT_NE(said.find("was replaced"), std::string::npos);
}

TEST_F(Launches, areRefusedWithoutMpirunOrFolder) {
  for (const char* missing : {"no-such-mpirun", "/no/such/mpirun"}) {
    LaunchPlan none = plan(1);
    none.mpirun = missing;
    try {
      run(none);
      FAIL() << "was not refused";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string{error.what()}.find("install Open MPI"), std::string::npos);
    }
    EXPECT_FALSE(std::filesystem::exists(results()));
  }
  LaunchPlan read_only = plan(1);
  read_only.results = "/proc/self";  // where root, too, can make no file
  try {
    run(read_only);
    FAIL() << "was not refused";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string{error.what()}.find("/proc/self"), std::string::npos);
    EXPECT_EQ(std::string{error.what()}.find("Open MPI"), std::string::npos);
  }
  write("taken", "");
  LaunchPlan no_folder = plan(1);
  no_folder.results = file("taken");
  EXPECT_THROW(run(no_folder), UsageError);
}

TEST_F(Launches, endWithThisProgramAndKeepWhatIsFinished) {
  write("codes", "0\nhang\n");
  const pid_t parent = ::fork();
  if (parent == 0) {
    ::signal(SIGTERM, SIG_DFL);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
    ::_exit(run_launches(plan(5)).code);
  }
  std::vector<pid_t> group;
  for (int tries = 0; tries < 1000 && group.size() < 2; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    std::ifstream pids{file("pids")};
    group.assign(std::istream_iterator<pid_t>{pids}, {});
  }
  ASSERT_EQ(group.size(), 2);
  ::kill(parent, SIGTERM);
  int status = 0;
  bool ended = false;
  for (int tries = 0; tries < 1000 && !ended; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    ended = ::waitpid(parent, &status, WNOHANG) == parent;
  }
  if (!ended) ::kill(parent, SIGKILL);
  ASSERT_TRUE(ended) << "it hangs";
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
  for (const pid_t process : group) EXPECT_NE(::kill(process, 0), 0);
  EXPECT_EQ(calls().size(), 2);
  EXPECT_TRUE(read_launch(results() / "lanemark-1.jsonl").complete());
}

}  // namespace
}  // namespace lanemark
