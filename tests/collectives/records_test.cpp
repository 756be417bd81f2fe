// What each collective's record says without running it: the numbers that turn a time into a bandwidth.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>

#include "collectives/collectives.hpp"

namespace lanemark {
namespace {

TEST(CollectiveRecords, describeEveryOutputElementOnce) {
  std::mt19937 random{std::random_device{}()};
  for (int round = 0; round < 200; ++round) {
    const int ranks = std::uniform_int_distribution{1, 9}(random);
    const std::size_t count = std::uniform_int_distribution<std::size_t>{0, 50}(random);
    for (const Collective* collective : Registry<Collective>::all()) {
      for (int rank = 0; rank < ranks; ++rank) {
        std::vector<int> covered(collective->receive_count(count, ranks, rank));
        for (const ExpectedRun& run : collective->expected(count, ranks, rank)) {
          for (std::size_t i = 0; i < run.count; ++i) ++covered.at(run.offset + i);
          if (run.rank >= 0) {
            EXPECT_LE(run.source + run.count, collective->send_count(count, ranks, run.rank)) << collective->name;
          }
        }
        EXPECT_TRUE(std::ranges::all_of(covered, [](int times) { return times == 1; })) << collective->name;
      }
    }
  }
}

// nccl-tests' factors (its doc/PERFORMANCE.md), worked out by hand.
TEST(CollectiveRecords, haveTheUsualBusFactors) {
  struct Factors {
    double at_2, at_3, at_8;
  };
  const std::map<std::string_view, Factors> known{{"all_reduce", {.at_2 = 1, .at_3 = 4.0 / 3, .at_8 = 1.75}},
                                                  {"broadcast", {.at_2 = 1, .at_3 = 1, .at_8 = 1}},
                                                  {"gather", {.at_2 = 0.5, .at_3 = 2.0 / 3, .at_8 = 0.875}},
                                                  {"reduce", {.at_2 = 1, .at_3 = 1, .at_8 = 1}},
                                                  {"scatter", {.at_2 = 0.5, .at_3 = 2.0 / 3, .at_8 = 0.875}}};
  for (const Collective* collective : Registry<Collective>::all()) {
    SCOPED_TRACE(collective->name);
    const Factors& factors = known.at(collective->name);
    EXPECT_DOUBLE_EQ(collective->bus_factor(2), factors.at_2);
    EXPECT_DOUBLE_EQ(collective->bus_factor(3), factors.at_3);
    EXPECT_DOUBLE_EQ(collective->bus_factor(8), factors.at_8);
    EXPECT_EQ(collective->bus_factor(1), 0) << "one rank has no bus";
  }
}

TEST(CollectiveRecords, countTheRowsSizeOverAllParts) {
  const std::map<std::string_view, std::size_t> elements{
      {"all_reduce", 10}, {"broadcast", 10}, {"gather", 40}, {"reduce", 10}, {"scatter", 40}};
  for (const Collective* collective : Registry<Collective>::all()) {
    EXPECT_EQ(collective->size_count(10, 4), elements.at(collective->name)) << collective->name;
  }
}

/// Elements each of four ranks sends.
using Sent = std::array<double, 4>;

Sent sent(const Collective& collective, const CollectiveCall& call) {
  Sent by_rank{};
  for (int rank = 0; rank < 4; ++rank) by_rank.at(static_cast<std::size_t>(rank)) = collective.sent(call, 4, rank);
  return by_rank;
}

TEST(CollectiveRecords, sayWhatEachRankSends) {
  const CollectiveCall call{.count = 120, .root = 2};
  EXPECT_EQ(sent(all_reduce, call), (Sent{180, 180, 180, 180}));
  EXPECT_EQ(sent(broadcast, call), (Sent{120, 0, 120, 120})) << "the pipeline 2, 3, 0, 1 ends at rank 1";
  EXPECT_EQ(sent(reduce, call), (Sent{120, 120, 0, 120}));
  EXPECT_EQ(sent(gather, call), (Sent{120, 120, 0, 120}));
  EXPECT_EQ(sent(scatter, call), (Sent{0, 0, 360, 0}));
}

TEST(CollectiveRecords, sayWhatEachRankSendsOfUnevenParts) {
  const std::vector<std::size_t> counts{3, 0, 5, 7};
  const CollectiveCall call{.root = 2, .counts = counts};
  EXPECT_EQ(sent(gather, call), (Sent{3, 0, 0, 7}));
  EXPECT_EQ(sent(scatter, call), (Sent{0, 0, 10, 0}));
}

TEST(CollectiveRecords, sendNothingAlone) {
  for (const Collective* collective : Registry<Collective>::all()) {
    EXPECT_EQ(collective->sent({.count = 120}, 1, 0), 0) << collective->name;
  }
}

TEST(CollectiveCalls, packPartsInRankOrder) {
  const std::vector<std::size_t> counts{3, 0, 5, 7};
  const CollectiveCall uneven{.count = 1000, .counts = counts};
  const CollectiveCall even{.count = 6};
  const std::array<std::size_t, 4> offsets{0, 3, 3, 8};
  for (int rank = 0; rank < 4; ++rank) {
    const auto i = static_cast<std::size_t>(rank);
    EXPECT_EQ(uneven.offset_of(rank), offsets.at(i));
    EXPECT_EQ(uneven.count_of(rank), counts.at(i));
    EXPECT_EQ(even.offset_of(rank), 6 * i);
    EXPECT_EQ(even.count_of(rank), 6U);
  }
}

}  // namespace
}  // namespace lanemark
