// SPDX-License-Identifier: MIT

#include "bench/machine/crowd.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lanemark {
namespace {

RankProcessors rank_on(std::initializer_list<std::size_t> processors, int node = 0) {
  RankProcessors rank{.node = node};
  for (const std::size_t one : processors) rank.allowed.set(one);
  return rank;
}

using Ranks = std::vector<RankProcessors>;

TEST(Crowding, AsManyRanksAsProcessorsHaveRoomAndOneMoreHasNot) {
  Ranks ranks(2, rank_on({0, 1}));
  EXPECT_EQ(crowding(ranks), "");
  ranks.push_back(rank_on({0, 1}));
  EXPECT_EQ(crowding(ranks), "3 ranks of node 0 need 3 processors and may use 2: they wait for each other");
}

TEST(Crowding, ThreadsCount) {
  Ranks ranks(2, rank_on({0, 1, 2, 3}));
  for (RankProcessors& one : ranks) one.threads = 2;
  EXPECT_EQ(crowding(ranks), "");
  ranks[0].threads = 3;
  EXPECT_NE(crowding(ranks), "");
}

TEST(Crowding, TwoRanksBoundToOneProcessorAreFoundBesideFreeOnes) {
  EXPECT_EQ(crowding(Ranks{rank_on({0}), rank_on({1}), rank_on({2, 3})}), "");
  EXPECT_EQ(crowding(Ranks{rank_on({0}), rank_on({0}), rank_on({1, 2, 3})}),
            "2 ranks of node 0 need 2 processors and may use 1: they wait for each other");
  EXPECT_NE(crowding(Ranks{rank_on({0, 1}), rank_on({0}), rank_on({1})}), "");
}

TEST(Crowding, NodesHaveProcessorsOfTheirOwn) { EXPECT_EQ(crowding(Ranks{rank_on({0}, 0), rank_on({0}, 1)}), ""); }

TEST(Crowding, AQuotaIsAllRanksTogether) {
  Ranks ranks{rank_on({0}), rank_on({1}), rank_on({2})};
  for (RankProcessors& one : ranks) one.quota = 3;
  EXPECT_EQ(crowding(ranks), "");
  for (RankProcessors& one : ranks) one.quota = 2.5;
  EXPECT_EQ(crowding(ranks), "3 ranks of node 0 need 3 processors and may use 2.5: they wait for each other");
}

TEST(Crowding, ASystemThatTellsNothingIsNoTrouble) {
  EXPECT_EQ(crowding(Ranks(5, RankProcessors{})), "");
  EXPECT_EQ(processors_of_node(Ranks(5, RankProcessors{})), std::nullopt);
  EXPECT_EQ(fair_threads(Ranks(5, RankProcessors{}), 2), 1);
}

TEST(FairThreads, RanksThatMayUseTheSameProcessorsShareThem) {
  EXPECT_EQ(fair_threads(Ranks(2, rank_on({0, 1, 2, 3})), 0), 2);
  EXPECT_EQ(fair_threads(Ranks{rank_on({0, 1, 2, 3}), rank_on({4, 5, 6, 7})}, 1), 4);
  EXPECT_EQ(fair_threads(Ranks{rank_on({0, 1}, 0), rank_on({0, 1}, 1)}, 0), 2);
  EXPECT_EQ(fair_threads(Ranks(5, rank_on({0, 1})), 4), 1);
}

TEST(FairThreads, AQuotaLeavesFewer) {
  Ranks ranks(2, rank_on({0, 1, 2, 3, 4, 5, 6, 7}));
  for (RankProcessors& one : ranks) one.quota = 5;
  EXPECT_EQ(fair_threads(ranks, 0), 2);
  for (RankProcessors& one : ranks) one.quota = 0.5;
  EXPECT_EQ(fair_threads(ranks, 0), 1);
}

TEST(ProcessorsOfNode, IsTheNodeWithTheFewestAndLooksAtTheQuota) {
  Ranks ranks{rank_on({0, 1}, 0), rank_on({2}, 0), rank_on({0, 1}, 1)};
  EXPECT_EQ(processors_of_node(ranks), 2);
  for (RankProcessors& one : ranks) one.quota = 1.5;
  EXPECT_EQ(processors_of_node(ranks), 2);
  for (RankProcessors& one : ranks) one.quota = 1;
  EXPECT_EQ(processors_of_node(ranks), 1);
}

}  // namespace
}  // namespace lanemark
