// SPDX-License-Identifier: MIT

#include "collectives/core/world.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "collectives/core/mpi_session.hpp"

namespace lanemark {
namespace {

class WorldTest : public ::testing::Test {
 protected:
  World world{MPI_COMM_WORLD, {}};
};

TEST_F(WorldTest, slowestNamesTimeAndRank) {
  const int last = world.size() - 1;
  const std::vector<Seconds> mine{Seconds{1.0 + world.rank()}, Seconds{10.0 - world.rank()}, Seconds{3}};
  const std::vector<SlowestTime> slowest = world.slowest(mine);
  ASSERT_EQ(slowest.size(), 3U);
  EXPECT_EQ(slowest[0].rank, last);
  EXPECT_EQ(slowest[0].time, Seconds{1.0 + last});
  EXPECT_EQ(slowest[1].rank, 0);
  EXPECT_EQ(slowest[1].time, Seconds{10});
  EXPECT_EQ(slowest[2].rank, 0) << "ties go to the lower rank";
  EXPECT_TRUE(world.slowest({}).empty());
}

TEST_F(WorldTest, agreesOnValues) {
  const auto ranks = static_cast<std::uint64_t>(world.size());
  EXPECT_EQ(world.sum(2), 2 * ranks);
  EXPECT_EQ(world.max(world.rank()), world.size() - 1);
  EXPECT_TRUE(world.all(true));
  EXPECT_FALSE(world.all(world.rank() != world.size() - 1));
  const std::vector<std::uint64_t> all = world.gather_all(std::uint64_t{10} + static_cast<std::uint64_t>(world.rank()));
  for (std::uint64_t rank = 0; rank < ranks; ++rank) EXPECT_EQ(all.at(rank), 10 + rank);
  EXPECT_EQ(world.broadcast(world.is_root() ? "from the root" : "mine"), "from the root");
  EXPECT_EQ(world.broadcast(""), "");
}

TEST_F(WorldTest, firstProblemIsTheLowestRanks) {
  EXPECT_EQ(world.first_problem(std::nullopt), std::nullopt);
  const int last = world.size() - 1;
  const auto only_last = world.rank() == last ? std::optional<std::string>{"last has none"} : std::nullopt;
  EXPECT_EQ(world.first_problem(only_last), "last has none");
  EXPECT_EQ(world.first_problem("rank " + std::to_string(world.rank())), "rank 0");
}

TEST_F(WorldTest, firstGivesAWorldOfTheFirstRanks) {
  for (int ranks = 1; ranks <= world.size(); ++ranks) {
    const std::optional<World> part = world.first(ranks);
    EXPECT_EQ(part.has_value(), world.rank() < ranks);
    if (part) {
      EXPECT_EQ(part->size(), ranks);
      EXPECT_EQ(part->rank(), world.rank());
    }
    world.wait_politely();
  }
}

TEST_F(WorldTest, waitsPolitelyForEveryone) {
  // A flag in memory that all ranks share: whoever is through the wait must see everyone's.
  int* flag = nullptr;
  MPI_Win window = MPI_WIN_NULL;
  ASSERT_EQ(MPI_Win_allocate_shared(sizeof(int), sizeof(int), MPI_INFO_NULL, world.comm(), &flag, &window),
            MPI_SUCCESS);
  std::atomic_ref{*flag}.store(0);
  world.barrier();
  for (int late = 0; late < world.size(); ++late) {
    if (world.rank() == late) std::this_thread::sleep_for(std::chrono::milliseconds{20});
    std::atomic_ref{*flag}.store(late + 1);
    world.wait_politely();
    for (int rank = 0; rank < world.size(); ++rank) {
      MPI_Aint size = 0;
      int unit = 0;
      int* theirs = nullptr;
      ASSERT_EQ(MPI_Win_shared_query(window, rank, &size, &unit, &theirs), MPI_SUCCESS);
      EXPECT_EQ(std::atomic_ref{*theirs}.load(), late + 1) << "rank " << rank;
    }
    world.barrier();
  }
  MPI_Win_free(&window);
}

TEST_F(WorldTest, placesOnOneNode) {
  EXPECT_EQ(world.nodes(), 1);
  EXPECT_EQ(world.local_size(), world.size());
  EXPECT_EQ(world.local_rank(), world.rank());
}

std::optional<int> unseen(const std::map<std::string, std::string>& variables, int world_size) {
  return unseen_processes(
      [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
      },
      world_size);
}

TEST(UnseenProcesses, areFoundByWhatLaunchersSay) {
  EXPECT_EQ(unseen({}, 1), std::nullopt);
  EXPECT_EQ(unseen({{"OMPI_COMM_WORLD_SIZE", "4"}}, 1), 4);
  EXPECT_EQ(unseen({{"PMI_SIZE", "8"}}, 1), 8);
  EXPECT_EQ(unseen({{"MV2_COMM_WORLD_SIZE", "2"}}, 1), 2);
  EXPECT_EQ(unseen({{"MPI_LOCALNRANKS", "3"}}, 1), 3);
  EXPECT_EQ(unseen({{"PMI_SIZE", "8"}}, 8), std::nullopt);
  EXPECT_EQ(unseen({{"PMI_SIZE", "1"}}, 1), std::nullopt);
  EXPECT_EQ(unseen({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}}, 1), 2);
  // An interactive allocation's shell: tasks are granted, none started here.
  EXPECT_EQ(unseen({{"SLURM_NTASKS", "16"}, {"SLURM_STEP_NUM_TASKS", "16"}}, 1), std::nullopt);
  // mpirun's daemons are a step of SLURM's themselves; the one rank that one of them started is alone on purpose.
  EXPECT_EQ(unseen({{"OMPI_COMM_WORLD_SIZE", "1"}, {"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "3"}}, 1),
            std::nullopt);
}

}  // namespace
}  // namespace lanemark
