// SPDX-License-Identifier: MIT

#include "bench/launching/device_assignment.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "bench/launching/device_choice.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

const std::string a = "0000:1B:00.0";
const std::string b = "0000:3B:00.0";
const std::string c = "0000:5D:00.0";

std::vector<DeviceView> views_of(const std::vector<std::vector<std::string>>& seen) {
  std::vector<DeviceView> views;
  for (const auto& gpus : seen) views.push_back({.rank = static_cast<int>(views.size()), .gpus = gpus});
  return views;
}

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

std::string refusal_of(const std::vector<std::vector<std::string>>& seen) {
  return refusal([&] { assign(views_of(seen)); });
}

void expect_says(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << '\'' << part << "' is not in: " << text;
}

TEST(Assign, WhereAllSeeAllTheLocalRankIsTheOrdinal) {
  EXPECT_EQ(assign(views_of({{a, b, c}, {a, b, c}, {a, b, c}})), (std::vector{0, 1, 2}));
  EXPECT_EQ(assign(views_of({{a, b, c}, {a, b, c}})), (std::vector{0, 1})) << "fewer ranks than GPUs";
  EXPECT_EQ(assign(views_of({{a, b}})), (std::vector{0}));
}

TEST(Assign, OneGpuATaskIsNumberZeroForEach) { EXPECT_EQ(assign(views_of({{a}, {c}, {b}})), (std::vector{0, 0, 0})); }

TEST(Assign, OrdersOfTheirOwn) {
  EXPECT_EQ(assign(views_of({{a, b}, {b, a}})), (std::vector{0, 0}));
  EXPECT_EQ(assign(views_of({{a, b}, {a, b, c}, {b, a, c}})), (std::vector{0, 1, 2}));
}

TEST(Assign, RanksMoveWhereOthersHaveNoChoice) { EXPECT_EQ(assign(views_of({{a, b}, {a}})), (std::vector{1, 0})); }

TEST(Assign, RanksMoveInTurn) {
  // The last sees one GPU alone: the first moves for it, and the second for the first.
  EXPECT_EQ(assign(views_of({{a, b}, {b, c}, {a}})), (std::vector{1, 1, 0}));
}

TEST(Assign, TwoRanksAndTheGpuAreNamed) {
  const std::string text = refusal_of({{a}, {a}});
  expect_says(text, "ranks 0 and 1 would share GPU " + a);
  expect_says(text, "rank 0 sees " + a + "; rank 1 sees " + a);
  for (const char* const cure : {"mpirun -np 1", "--gpus-per-task=1", "--share-gpus", "--device host"}) {
    expect_says(text, cure);
  }
}

TEST(Assign, TooFewForAllNamesAsManyRanksAsThereAre) {
  const std::string text = refusal_of({{a, b}, {a, b}, {a, b}});
  expect_says(text, "ranks 0 and 2 would share GPU " + a);
  expect_says(text, "3 ranks of a node see 2 GPUs between them");
  expect_says(text, "mpirun -np 2");
}

TEST(Assign, OnlyThoseThatCompeteAreTold) {
  const std::string text = refusal_of({{c}, {a}, {b, c}, {a}});
  expect_says(text, "ranks 1 and 3 would share GPU " + a);
  expect_says(text, "2 ranks of a node see 1 GPU between them");
  EXPECT_EQ(text.find("rank 0 sees"), std::string::npos) << text;
  EXPECT_EQ(text.find("mpirun -np"), std::string::npos) << "another number of ranks is no cure: " << text;
  expect_says(text, "--gpu-bind=none");
}

TEST(Assign, ARankThatSeesNothingIsNamed) {
  expect_says(refusal_of({{a}, {}}), "rank 1 sees no GPU");
  expect_says(refusal_of({{}}), "rank 0 sees no GPU");
  expect_says(refusal([] { assign_shared(views_of({{}})); }), "rank 0 sees no GPU");
  EXPECT_TRUE(assign({}).empty());
}

TEST(Assign, ManyRanksMakeNoLongText) {
  const std::vector<std::string> all(200, a);
  const std::string text = refusal_of(std::vector<std::vector<std::string>>(300, all));
  EXPECT_LT(text.size(), 1000U) << text;
}

TEST(AssignShared, IsBalanced) {
  EXPECT_EQ(assign_shared(views_of({{a, b}, {a, b}})), (std::vector{0, 1})) << "nothing is shared without need";
  EXPECT_EQ(assign_shared(views_of({{a, b}, {a, b}, {a, b}})), (std::vector{0, 1, 0}));
  EXPECT_EQ(assign_shared(views_of({{a, b}, {a, b}, {a, b}, {a, b}})), (std::vector{0, 1, 0, 1}));
  EXPECT_EQ(assign_shared(views_of({{a}, {a}, {a}})), (std::vector{0, 0, 0}));
  EXPECT_EQ(assign_shared(views_of({{a, b}, {a}, {a}})), (std::vector{1, 0, 0})) << "who may move makes room";
}

/// Whether some choice of ordinals gives no GPU to more than `most` ranks, by trying them all.
bool possible(const std::vector<DeviceView>& views, int most) {
  std::map<std::string, int> load;
  const std::function<bool(std::size_t)> rest = [&](std::size_t rank) {
    if (rank == views.size()) return true;
    for (const std::string& gpu : views[rank].gpus) {
      if (load[gpu] >= most) continue;
      ++load[gpu];
      const bool found = rest(rank + 1);
      --load[gpu];
      if (found) return true;
    }
    return false;
  };
  return rest(0);
}

TEST(Assign, FindsOneWheneverThereIsOne) {
  std::mt19937_64 random{std::random_device{}()};
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::vector<std::string>> seen(1 + random() % 5);
    for (auto& gpus : seen) {
      std::set<std::string> some;
      for (std::uint64_t i = 0; i <= random() % 4; ++i) some.insert(fmt::format("gpu {}", random() % 4));
      gpus.assign(some.begin(), some.end());
      std::ranges::shuffle(gpus, random);
    }
    const std::vector<DeviceView> views = views_of(seen);
    for (int most = 1; most <= 3; ++most) {
      const auto found = assign_at_most(views, most);
      ASSERT_EQ(found.has_value(), possible(views, most));
      if (!found) continue;
      std::map<std::string, int> load;
      for (std::size_t rank = 0; rank < views.size(); ++rank) {
        ASSERT_LE(++load[views[rank].gpus.at(static_cast<std::size_t>((*found)[rank]))], most);
      }
    }
  }
}

class ChooseDevices : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<int> ordinals(const std::vector<int>& nodes,
                                          const std::vector<std::vector<std::string>>& seen) const {
    std::vector<Place> places;
    places.reserve(nodes.size());
    for (const int node : nodes) places.push_back({.node = node});
    std::vector<int> found;
    for (const DeviceChoice& one : choose_devices(options, places, views_of(seen))) {
      EXPECT_EQ(one.device.kind, DeviceKind::cuda);
      found.push_back(one.device.ordinal);
    }
    return found;
  }
  DeviceRequest options;
};

TEST_F(ChooseDevices, NodesHaveTheSameAddresses) {
  EXPECT_EQ(ordinals({0, 0, 1, 1}, {{a, b}, {a, b}, {a, b}, {a, b}}), (std::vector{0, 1, 0, 1}));
  EXPECT_EQ(ordinals({0, 1, 0, 1}, {{a, b}, {a, b}, {a, b}, {a, b}}), (std::vector{0, 0, 1, 1})) << "ranks in turns";
  EXPECT_EQ(ordinals({0, 1}, {{a}, {a}}), (std::vector{0, 0}));
}

TEST_F(ChooseDevices, ANodeWithoutGpusBesideOneWithIsRefused) {
  expect_says(refusal([&] { static_cast<void>(ordinals({0, 1}, {{a}, {}})); }), "rank 1 sees no GPU");
  options.share_gpus = true;
  expect_says(refusal([&] { static_cast<void>(ordinals({0, 1}, {{a}, {}})); }), "rank 1 sees no GPU");
}

TEST_F(ChooseDevices, SharingIsAsked) {
  expect_says(refusal([&] {
                static_cast<void>(ordinals({0, 1, 1}, {{a}, {a}, {a}}));
              }),
              "ranks 1 and 2 would share GPU " + a);
  options.share_gpus = true;
  EXPECT_EQ(ordinals({0, 1, 1}, {{a}, {a}, {a}}), (std::vector{0, 0, 0}));
}

TEST_F(ChooseDevices, WithoutGpusItIsTheHost) {
  const std::vector<Place> places(2);
  EXPECT_EQ(choose_devices(options, places, views_of({{}, {}})), std::vector<DeviceChoice>(2));
  options.device = "cuda";
  expect_says(refusal([&] { choose_devices(options, places, views_of({{}, {}})); }), "no GPU is visible");
  options.device = "host";
  EXPECT_EQ(choose_devices(options, places, views_of({{a}, {a}})), std::vector<DeviceChoice>(2));
}

TEST_F(ChooseDevices, SharingTheCpuMeansNothing) {
  const std::vector<Place> places(2);
  options.share_gpus = true;
  expect_says(refusal([&] { choose_devices(options, places, views_of({{}, {}})); }), "no GPU is visible");
  options.device = "host";
  expect_says(refusal([&] { choose_devices(options, places, views_of({{a}, {a}})); }), "--share-gpus would do nothing");
}

TEST_F(ChooseDevices, TheNearestIsThereForThoseThatSayWhatIsWrong) {
  const std::vector<Place> places{{.node = 0}, {.node = 0}, {.node = 0}, {.node = 1}, {.node = 2}};
  const auto near = nearest_devices(places, views_of({{a}, {}, {b, a}, {}, {a}}));
  ASSERT_EQ(near.size(), 5U);
  EXPECT_EQ(near[0], (DeviceChoice{.device = {DeviceKind::cuda, 0}, .identity = a}));
  EXPECT_EQ(near[1], DeviceChoice{});
  EXPECT_EQ(near[2], (DeviceChoice{.device = {DeviceKind::cuda, 0}, .identity = b}));
  EXPECT_EQ(near[3], DeviceChoice{});
  EXPECT_EQ(near[4], (DeviceChoice{.device = {DeviceKind::cuda, 0}, .identity = a}));
  EXPECT_EQ(nearest_devices(places, views_of({{}, {}, {}, {}, {}})), std::vector<DeviceChoice>(5));
}

}  // namespace
}  // namespace lanemark
