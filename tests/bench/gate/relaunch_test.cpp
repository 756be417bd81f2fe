#include "bench/gate/relaunch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "bench/record/environment.hpp"
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

TEST(Relaunch, LaunchesThatDifferInSeedAndFolderAreOfOneKind) {
  const LaunchSummary one = launched_by({"run", "--results=a", "--seed=1", "collectives", "-b", "8"});
  const LaunchSummary other = launched_by({"run", "--results", "b", "--seed", "2", "collectives", "-b", "8"});
  EXPECT_EQ(kind_of(one), kind_of(other));
  EXPECT_EQ(kind_of(one).arguments, (std::vector<std::string>{"run", "collectives", "-b", "8"}));
  EXPECT_EQ(kind_of(one).ranks, 2);
}

TEST(Relaunch, OtherArgumentsOrRanksAreOfAnother) {
  const LaunchSummary one = launched_by({"run", "collectives", "-b", "8"});
  EXPECT_NE(kind_of(one), kind_of(launched_by({"run", "collectives", "-b", "16"})));
  EXPECT_NE(kind_of(one), kind_of(launched_by(one.command, 4)));
}

TEST(Relaunch, AnotherBuildOrEnvironmentIsNamed) {
  LaunchSummary launch;
  launch.launch = "one";
  launch.versions["commit"] = versions().at("commit");
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

}  // namespace
}  // namespace lanemark
