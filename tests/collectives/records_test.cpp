// SPDX-License-Identifier: MIT

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

/// A call of the collective with counts where it wants them.
struct Sample {
  Sample(const Collective& collective, std::size_t count, int ranks)
      : counts{collective.uneven_counts == nullptr ? std::vector<std::size_t>{}
                                                   : collective.uneven_counts(count, ranks)},
        call{.count = count, .counts = counts} {}
  std::vector<std::size_t> counts;
  CollectiveCall call;
};

TEST(CollectiveRecords, describeEveryOutputElementOnce) {
  std::mt19937 random{std::random_device{}()};
  for (int round = 0; round < 200; ++round) {
    const int ranks = std::uniform_int_distribution{1, 9}(random);
    const std::size_t count = std::uniform_int_distribution<std::size_t>{0, 50}(random);
    for (const Collective* collective : Registry<Collective>::all()) {
      Sample sample{*collective, count, ranks};
      if (collective->rooted) sample.call.root = std::uniform_int_distribution{0, ranks - 1}(random);
      for (int rank = 0; rank < ranks; ++rank) {
        std::vector<int> covered(collective->receive_count(sample.call, ranks, rank));
        for (const ExpectedRun& run : collective->expected(sample.call, ranks, rank)) {
          for (std::size_t i = 0; i < run.count; ++i) ++covered.at(run.offset + i);
          if (run.rank >= 0) {
            EXPECT_LE(run.source + run.count, collective->send_count(sample.call, ranks, run.rank)) << collective->name;
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
  const Factors parts{.at_2 = 0.5, .at_3 = 2.0 / 3, .at_8 = 0.875};
  const Factors whole{.at_2 = 1, .at_3 = 1, .at_8 = 1};
  const std::map<std::string_view, Factors> known{{"all_gather", parts},
                                                  {"all_reduce", {.at_2 = 1, .at_3 = 4.0 / 3, .at_8 = 1.75}},
                                                  {"all_to_all", parts},
                                                  {"broadcast", whole},
                                                  {"gather", parts},
                                                  {"reduce", whole},
                                                  {"reduce_scatter", parts},
                                                  {"scatter", parts},
                                                  {"barrier", {.at_2 = 0, .at_3 = 0, .at_8 = 0}},
                                                  {"send_recv", whole},
                                                  {"send_recv_pairs", whole}};
  for (const Collective* collective : Registry<Collective>::all()) {
    SCOPED_TRACE(collective->name);
    const auto factor = [&](int ranks) { return collective->bus_factor(Sample{*collective, 1000, ranks}.call, ranks); };
    EXPECT_EQ(factor(1), 0) << "one rank has no bus";
    if (collective->uneven_counts != nullptr) continue;
    const Factors& factors = known.at(collective->name);
    EXPECT_DOUBLE_EQ(factor(2), factors.at_2);
    EXPECT_DOUBLE_EQ(factor(3), factors.at_3);
    EXPECT_DOUBLE_EQ(factor(8), factors.at_8);
  }
}

TEST(CollectiveRecords, haveABufferOfPartsWhereEachRanksBeginsAtItsCount) {
  for (const Collective* collective : Registry<Collective>::all()) {
    const Sample sample{*collective, 10, 4};  // whose counts the call looks at
    const CollectiveCall& call = sample.call;
    const std::size_t largest = std::max(collective->send_count(call, 4, 0), collective->receive_count(call, 4, 0));
    const bool even = collective->uneven_counts == nullptr;
    EXPECT_EQ(collective->in_parts, even && largest == 40) << collective->name;
    EXPECT_EQ(collective->moves, largest > 0) << collective->name;
  }
}

TEST(CollectiveRecords, theBusiestBusOfUnevenTrafficCounts) {
  // Rank 1 keeps 5, sends 1 + 2, and receives 10 + 20; the longest send buffer is rank 2's, of 23.
  const std::vector<std::size_t> counts{7, 10, 0, 1, 5, 2, 3, 20, 0};
  EXPECT_DOUBLE_EQ(all_to_all_v.bus_factor({.counts = counts}, 3), 30.0 / 23);
  EXPECT_EQ(all_to_all_v.size_count({.counts = counts}, 3), 23U);
  EXPECT_EQ(all_to_all_v.sent({.counts = counts}, 3, 0), 10);
}

TEST(CollectiveRecords, unevenCountsAddUpToTheAverageAndDiffer) {
  for (const int ranks : {2, 3, 4, 8}) {
    const std::vector<std::size_t> counts = all_to_all_v.uneven_counts(1000, ranks);
    ASSERT_EQ(counts.size(), static_cast<std::size_t>(ranks * ranks));
    for (int from = 0; from < ranks; ++from) {
      EXPECT_EQ(all_to_all_v.send_count({.counts = counts}, ranks, from), 1000U * static_cast<unsigned>(ranks));
    }
    EXPECT_GT(std::ranges::max(counts), std::ranges::min(counts) * 3 / 2);
  }
}

TEST(CollectiveRecords, countTheRowsSizeOverAllParts) {
  const std::map<std::string_view, std::size_t> elements{
      {"all_gather", 40},     {"all_reduce", 10}, {"all_to_all", 40}, {"all_to_all_v", 40},
      {"barrier", 0},         {"broadcast", 10},  {"gather", 40},     {"reduce", 10},
      {"reduce_scatter", 40}, {"scatter", 40},    {"send_recv", 10},  {"send_recv_pairs", 10}};
  for (const Collective* collective : Registry<Collective>::all()) {
    EXPECT_EQ(collective->size_count(Sample{*collective, 10, 4}.call, 4), elements.at(collective->name))
        << collective->name;
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
  for (const Collective* collective : {&all_gather, &reduce_scatter, &all_to_all}) {
    EXPECT_EQ(sent(*collective, call), (Sent{360, 360, 360, 360})) << collective->name;
  }
  EXPECT_EQ(sent(send_recv, call), (Sent{120, 120, 120, 120}));
  EXPECT_EQ(sent(send_recv, {.count = 120, .root = 2, .peer = 1}), (Sent{0, 0, 120, 0}));
}

TEST(CollectiveRecords, sayWhatEachRankSendsOfUnevenParts) {
  const std::vector<std::size_t> counts{3, 0, 5, 7};
  const CollectiveCall call{.root = 2, .counts = counts};
  EXPECT_EQ(sent(gather, call), (Sent{3, 0, 0, 7}));
  EXPECT_EQ(sent(scatter, call), (Sent{0, 0, 10, 0}));
}

TEST(CollectiveRecords, sendNothingAlone) {
  for (const Collective* collective : Registry<Collective>::all()) {
    EXPECT_EQ(collective->sent(Sample{*collective, 120, 1}.call, 1, 0), 0) << collective->name;
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
