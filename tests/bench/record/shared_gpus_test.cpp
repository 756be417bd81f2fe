// SPDX-License-Identifier: MIT

#include "bench/record/shared_gpus.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <utility>

#include "bench/doctor/placement.hpp"
#include "bench/engine/peer_links.hpp"

namespace lanemark {
namespace {

const std::string a = "0000:1B:00.0";
const std::string b = "0000:3B:00.0";

/// Ranks of nodes, each with a GPU.
std::vector<Place> places_of(const std::vector<std::pair<int, std::string>>& ranks) {
  std::vector<Place> places;
  std::map<int, int> taken;
  for (const auto& [node, gpu] : ranks) places.push_back({.node = node, .local_rank = taken[node]++, .device = gpu});
  return places;
}

const std::vector<Place> own = places_of({{0, a}, {0, b}, {1, a}, {1, b}});
const std::vector<Place> shared = places_of({{0, a}, {0, b}, {0, a}, {1, a}, {1, a}, {1, a}});

TEST(SharedGpus, AreSaidWithTheirRanks) {
  EXPECT_EQ(shared_gpus_text(std::span{own}), "");
  EXPECT_EQ(shared_gpus_text(places_of({{0, ""}, {0, ""}})), "") << "the host is every rank's";
  EXPECT_EQ(shared_gpus_text(places_of({{0, a}, {0, a}})), "GPU " + a + " is shared by ranks 0 and 1");
  EXPECT_EQ(shared_gpus_text(std::span{shared}), "GPU " + a + " of node 0 is shared by ranks 0 and 2; GPU " + a +
                                                     " of node 1 is shared by ranks 3, 4 and 5");
}

std::vector<GpuState> states_of(const std::vector<Place>& places, std::optional<int> others) {
  std::vector<GpuState> states;
  for (const Place& place : places) {
    GpuState& state = states.emplace_back();
    state.rank = static_cast<int>(states.size()) - 1;
    state.name = "a GPU";
    state.bus_id = place.device;
    state.other_processes = others;
  }
  count_own_ranks(states, places);
  return states;
}

TEST(SharedGpus, RanksOfTheLaunchAreNoOthers) {
  // Each rank has counted all processes but itself.
  std::vector<GpuState> states = states_of(places_of({{0, a}, {0, a}, {0, b}}), 1);
  EXPECT_EQ(states[0].other_processes, 0);
  EXPECT_EQ(states[1].other_processes, 0);
  EXPECT_EQ(states[2].other_processes, 1) << "alone of the launch, so that it is somebody else's";
  EXPECT_EQ(states[0].shared_by, 2);
  EXPECT_EQ(states[2].shared_by, std::nullopt);
  EXPECT_EQ(taints(states, {}).size(), 1U);

  states = states_of(places_of({{0, a}, {0, a}}), 2);
  EXPECT_EQ(states[1].other_processes, 1) << "one is a stranger";
  EXPECT_EQ(taints(states, {}).size(), 2U);

  EXPECT_EQ(states_of(places_of({{0, a}, {0, a}}), 0)[0].other_processes, 0) << "a container shows its own alone";
  EXPECT_EQ(states_of(places_of({{0, a}, {0, a}}), std::nullopt)[0].other_processes, std::nullopt);
  EXPECT_EQ(states_of(places_of({{0, a}, {1, a}}), 1)[0].other_processes, 1) << "of another node";
}

TEST(SharedGpus, ARecordSaysSo) {
  EXPECT_EQ(shared_gpus_text(states_of(own, 0)), "");
  EXPECT_EQ(shared_gpus_text(states_of(places_of({{0, a}, {0, a}}), 0)), "GPU " + a + " is shared by 2 ranks");
  EXPECT_EQ(shared_gpus_text(states_of(shared, 0)),
            "GPU " + a + " is shared by 2 ranks; GPU " + a + " is shared by 3 ranks");
  EXPECT_EQ(shared_gpus_text(states_of(places_of({{0, a}, {0, a}, {1, a}, {1, a}}), 0)),
            "GPU " + a + " of 2 nodes is shared by 2 ranks");
  const GpuState state = states_of(places_of({{0, a}, {0, a}}), 0)[1];
  EXPECT_EQ(gpu_state_from_json(to_json(state)), state);
}

TEST(Placement, IsSaidAndAGpuOfEachIsNoProblem) {
  const std::vector<Finding> findings = placement_findings(own, 1);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::ok);
  EXPECT_NE(findings[0].text.find("rank 2 on " + a + ", rank 3 on " + b), std::string::npos) << findings[0].text;
  EXPECT_TRUE(placement_findings(places_of({{0, ""}, {0, ""}}), 0).empty());
}

TEST(Placement, ASharedGpuIsAProblemWithItsCure) {
  const std::vector<Finding> findings = placement_findings(shared, 1);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].level, Finding::Level::problem);
  EXPECT_NE(findings[1].text.find("ranks 3, 4, 5 would share GPU " + a), std::string::npos) << findings[1].text;
  EXPECT_NE(findings[1].cure.find("at most 1 rank here"), std::string::npos) << findings[1].cure;
  EXPECT_NE(findings[1].cure.find("--share-gpus"), std::string::npos) << findings[1].cure;
}

TEST(Placement, ARankThatSeesNoneBesideOthersIsOneToo) {
  const std::vector<Finding> findings = placement_findings(places_of({{0, a}, {0, ""}}), 0);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].level, Finding::Level::problem);
  EXPECT_NE(findings[1].text.find("rank 1 sees no GPU"), std::string::npos) << findings[1].text;
}

TEST(PeerLinks, AreAskedByOrdinalsOfWhatTheRankSees) {
  std::vector<std::pair<int, int>> asked;
  const auto has_link = [&](int from, int to) {
    asked.emplace_back(from, to);
    return true;
  };
  // Rank 1 sees its own GPU as number 2, and rank 0's as number 1; node 1 has the same addresses.
  const std::vector<std::string> visible{"0000:99:00.0", a, b};
  EXPECT_EQ(links_from(own, 1, 2, visible, has_link), (std::vector{PeerLink::direct, PeerLink::unknown}));
  EXPECT_EQ(asked, (std::vector<std::pair<int, int>>{{2, 1}}));
  EXPECT_EQ(links_from(own, 0, 0, std::vector{a}, has_link), (std::vector{PeerLink::unknown, PeerLink::unknown}));
  EXPECT_EQ(links_from(own, 2, 0, std::vector{a, b}, [](int, int) { return false; }),
            (std::vector{PeerLink::unknown, PeerLink::bus}));
}

TEST(PeerLinks, EitherOfTwoMayKnow) {
  const PeerLink no = PeerLink::unknown;
  const PeerLinks links{own, {{no, no}, {PeerLink::direct, no}, {no, no}, {no, no}}};
  EXPECT_EQ(links.between(1, 0), PeerLink::direct);
  EXPECT_EQ(links.between(0, 1), PeerLink::direct);
  EXPECT_EQ(links.between(2, 3), PeerLink::unknown);
  EXPECT_EQ(links.between(1, 2), PeerLink::unknown) << "of another node, whose local rank 0 has that answer";
  EXPECT_EQ(links.between(0, 7), PeerLink::unknown) << "not there";
  EXPECT_EQ(PeerLinks{}.between(0, 1), PeerLink::unknown);
}

}  // namespace
}  // namespace lanemark
