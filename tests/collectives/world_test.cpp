#include "collectives/core/world.hpp"

#include <gtest/gtest.h>

#include <map>

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
  const std::vector<std::uint64_t> all = world.gather_all(static_cast<std::uint64_t>(10 + world.rank()));
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
  EXPECT_EQ(unseen({{"PMI_SIZE", "8"}}, 8), std::nullopt);
  EXPECT_EQ(unseen({{"PMI_SIZE", "1"}}, 1), std::nullopt);
  EXPECT_EQ(unseen({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}}, 1), 2);
  // An interactive allocation's shell: tasks are granted, none started here.
  EXPECT_EQ(unseen({{"SLURM_NTASKS", "16"}, {"SLURM_STEP_NUM_TASKS", "16"}}, 1), std::nullopt);
}

}  // namespace
}  // namespace lanemark
