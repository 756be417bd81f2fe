// SPDX-License-Identifier: MIT

#include "bench/commands/relaunch.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "bench/record/environment.hpp"
#include "bench/record/same_build.hpp"
#include "bench/record/versions.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

LaunchSummary launched_by(std::vector<std::string> command, int ranks = 2) {
  LaunchSummary launch;
  launch.command = std::move(command);
  launch.ranks = ranks;
  return launch;
}

Fingerprint of_ranks(int ranks, int nodes = 1) {
  Fingerprint fingerprint;
  fingerprint.nodes = nodes;
  fingerprint.ranks_per_node = ranks;
  return fingerprint;
}

TEST(Relaunch, LaunchesThatDifferInSeedFolderAndSpellingAreOfOneKind) {
  const LaunchSummary one = launched_by({"run", "--results=a", "--seed=1", "collectives", "-b", "8", "-w", "1"});
  const LaunchSummary other = launched_by({"run", "--results", "b", "--warmup=1", "collectives", "--min-bytes=8"});
  EXPECT_EQ(kind_of(one, of_ranks(2)), kind_of(other, of_ranks(2)));
  EXPECT_EQ(words(kind_of(one, of_ranks(2)).command),
            (std::vector<std::string>{"run", "collectives", "--min-bytes=8", "--warmup=1"}));
  EXPECT_EQ(kind_of(one, of_ranks(2)).ranks, 2);
}

TEST(Relaunch, OtherArgumentsOrRanksAreOfAnother) {
  const LaunchSummary one = launched_by({"run", "collectives", "-b", "8"});
  EXPECT_NE(kind_of(one, of_ranks(2)), kind_of(launched_by({"run", "collectives", "-b", "16"}), of_ranks(2)));
  EXPECT_NE(kind_of(one, of_ranks(2)), kind_of(launched_by(one.command, 4), of_ranks(4)));
}

std::string refusal(int ranks, const Fingerprint& fingerprint) {
  try {
    static_cast<void>(kind_of(launched_by({"run", "collectives"}, ranks), fingerprint));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Relaunch, AsManyRanksAsTheMachineOfTheRecordHad) {
  constexpr int most = std::numeric_limits<int>::max();
  EXPECT_EQ(refusal(2, of_ranks(2)), "");
  EXPECT_EQ(refusal(3, of_ranks(2, 2)), "") << "one node may have fewer";
  for (const auto& [ranks, fingerprint] : {std::pair{100'000, of_ranks(2)},
                                           {1, of_ranks(2)},
                                           {2, of_ranks(2, 2)},
                                           {5, of_ranks(2, 2)},
                                           {0, of_ranks(0)},
                                           {-1, of_ranks(-1, -1)},
                                           {most, of_ranks(most, most)},
                                           {2, of_ranks(0, 0)}}) {
    EXPECT_NE(refusal(ranks, fingerprint), "") << ranks;
  }
  EXPECT_NE(refusal(100'000, of_ranks(2)).find("100000 ranks, and that they ran on 1 node with up to 2 each"),
            std::string::npos);
}

TEST(Relaunch, NoMoreRanksThanThisMachineHasPlaceFor) {
  EXPECT_EQ(refusal(16, of_ranks(16)), "");
  EXPECT_NE(refusal(100'000, of_ranks(100'000)).find("at most"), std::string::npos);
  EXPECT_NE(refusal(100'000, of_ranks(1, 100'000)).find("at most"), std::string::npos);
  Fingerprint with_gpus = of_ranks(16);
  with_gpus.gpus = 16;
  EXPECT_NE(refusal(16, with_gpus).find("on 16 GPUs"), std::string::npos) << "more than any machine has";
}

TEST(Relaunch, HasTenTimesAsLongAsTheLongestTook) {
  const auto after = [](std::initializer_list<double> took, const std::string& given = "") {
    std::vector<LaunchSummary> launches;
    for (const double seconds : took) launches.emplace_back().took = Seconds{seconds};
    return relaunch_timeout(given, launches).count();
  };
  EXPECT_EQ(after({}), 60);
  EXPECT_EQ(after({1, 0, 5}), 60);
  EXPECT_EQ(after({1, 20, 5}), 200);
  EXPECT_EQ(after({3e11}), 24 * 3600);
  EXPECT_EQ(after({20}, "5s"), 5);
  EXPECT_EQ(after({20}, "2min"), 120);
  EXPECT_THROW(after({20}, "soon"), UsageError);
}

TEST(Relaunch, AnotherBuildOrEnvironmentIsNamed) {
  LaunchSummary launch;
  launch.launch = "one";
  launch.versions["commit"] = versions().at("commit");
  if (!identifies_build(launch.versions["commit"])) GTEST_SKIP() << "this build does not know its commit";
  launch.environment = recorded_environment();
  EXPECT_NO_THROW(require_the_same(launch));
  launch.environment["OMPI_MCA_pml"] = "what mpirun was told";
  EXPECT_NO_THROW(require_the_same(launch));
  const auto complaint = [&launch] {
    try {
      require_the_same(launch);
    } catch (const Error& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  launch.environment["NCCL_ALGO"] = "Ring";
  EXPECT_NE(complaint().find("NCCL_ALGO=Ring"), std::string::npos) << complaint();
  ::setenv("NCCL_ALGO", "Tree", 1);
  EXPECT_NE(complaint().find("NCCL_ALGO=Ring"), std::string::npos) << complaint();
  launch.environment.erase("NCCL_ALGO");
  EXPECT_NE(complaint().find("NCCL_ALGO not set"), std::string::npos) << complaint();
  ::unsetenv("NCCL_ALGO");
  EXPECT_EQ(complaint(), "");
  launch.versions["commit"] = "another";
  EXPECT_NE(complaint().find("commit another"), std::string::npos) << complaint();
  for (const char* unknown : {"unknown", "1a2b3c-dirty"}) {
    launch.versions["commit"] = unknown;
    EXPECT_NE(complaint().find("like no other"), std::string::npos) << complaint();
  }
  launch.versions.erase("commit");
  EXPECT_NE(complaint().find("like no other"), std::string::npos) << complaint();
}

TEST(Relaunch, ItsRecordsLieBesideTheFolderAndNotInIt) {
  const fs::path here = fs::current_path().parent_path() / (fs::current_path().filename().string() + "-confirm");
  EXPECT_EQ(beside("/runs/new/one.jsonl", "confirm"), fs::path{"/runs/new-confirm"});
  EXPECT_EQ(beside("one.jsonl", "confirm"), here);
  EXPECT_EQ(beside(".", "confirm"), here);
  EXPECT_EQ(beside("./", "confirm"), here);
  const TemporaryFolder folder;
  EXPECT_EQ(beside(folder.path() / "", "calibrate"), fs::path{folder.path().string() + "-calibrate"});
}

TEST(Relaunch, EachFlagIsSeenBeforeItRuns) {
  std::vector<std::string> command{"mpirun", "-np", "2", "lanemark", "run", "collectives"};
  for (int i = 0; i < 5000; ++i) command.emplace_back("collectives");
  command.push_back("--filter=" + std::string(100'000, 'x'));
  command.emplace_back("--fault=1");
  command.emplace_back("--results=elsewhere");
  const std::string shown = command_to_show(command);
  EXPECT_TRUE(shown.starts_with(" mpirun -np 2 lanemark run collectives (5001 times) --filter=xxx")) << shown;
  EXPECT_TRUE(shown.ends_with(" --fault=1 --results=elsewhere")) << shown;
  EXPECT_LT(shown.size(), 1000U);
  EXPECT_EQ(command_to_show({"a b", ""}), " 'a b' ''");
  command.clear();
  for (int i = 0; i < 5000; ++i) command.push_back(fmt::format("--flag{}", i));
  EXPECT_THROW(command_to_show(command), UsageError);
}

TEST(Relaunch, SuitesCountOnce) {
  EXPECT_EQ(words(kind_of(launched_by({"run", "collectives", "training", "collectives"}), of_ranks(2)).command),
            (std::vector<std::string>{"run", "collectives", "training"}));
}

TEST(Relaunch, NoRecordsGoWhereALinkLeadsThatNobodyNamed) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "runs" / "new");
  fs::create_directory(folder.path() / "elsewhere");
  const fs::path run = folder.path() / "runs" / "new";
  const fs::path usual = folder.path() / "runs" / "new-confirm";
  EXPECT_EQ(results_beside("", run, "confirm"), usual);
  fs::create_directory(usual);
  EXPECT_EQ(results_beside("", run, "confirm"), usual);
  fs::remove(usual);
  for (const fs::path& target : {folder.path() / "elsewhere", folder.path() / "nowhere"}) {
    fs::create_symlink(target, usual);
    EXPECT_THROW(results_beside("", run, "confirm"), UsageError) << target;
    fs::remove(usual);
  }
  fs::create_symlink(folder.path() / "elsewhere", folder.path() / "chosen");
  EXPECT_EQ(results_beside(folder.path() / "chosen", run, "confirm"), folder.path() / "chosen");
}

}  // namespace
}  // namespace lanemark
