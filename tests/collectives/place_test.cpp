// SPDX-License-Identifier: MIT

#include "collectives/core/place.hpp"

#include <gtest/gtest.h>

#include "collectives/backends/nccl_sharing.hpp"

namespace lanemark {
namespace {

TEST(Places, SharersAreOfOneNode) {
  const std::vector<Place> places{{.node = 0, .local_rank = 0, .device = "a"},
                                  {.node = 0, .local_rank = 1, .device = "b"},
                                  {.node = 1, .local_rank = 0, .device = "a"},
                                  {.node = 1, .local_rank = 1, .device = "a"}};
  EXPECT_EQ(sharers(places, 0), 1);
  EXPECT_EQ(sharers(places, 2), 2);
  EXPECT_EQ(most_sharers(places), 2);
  EXPECT_EQ(devices_of(places), 3);
  ASSERT_EQ(shared_gpus(places).size(), 1U);
  EXPECT_EQ(shared_gpus(places)[0].node, 1);
  EXPECT_EQ(shared_gpus(places)[0].bus_id, "a");
  EXPECT_EQ(shared_gpus(places)[0].ranks, (std::vector{2, 3}));
}

TEST(Places, TheHostIsSharedAndNoGpu) {
  const std::vector<Place> places(3);
  EXPECT_EQ(sharers(places, 1), 3);
  EXPECT_EQ(devices_of(places), 1);
  EXPECT_TRUE(shared_gpus(places).empty());
  EXPECT_EQ(most_sharers({}), 0);
}

TEST(NcclSharing, IsThereSince230WhereItIsAskedFor) {
  EXPECT_EQ(nccl_sharing_refusal(23000, "1"), std::nullopt);
  EXPECT_EQ(nccl_sharing_refusal(23107, "1"), std::nullopt);
  const auto says = [](int version, const char* setting, std::string_view part) {
    const auto refusal = nccl_sharing_refusal(version, setting);
    return refusal && refusal->find(part) != std::string::npos;
  };
  EXPECT_TRUE(says(22999, "1", "NCCL 2.29.99 takes no two ranks on one GPU"));
  EXPECT_TRUE(says(22809, nullptr, "NCCL 2.28.9"));
  EXPECT_TRUE(says(23003, nullptr, "NCCL 2.30.3 takes two ranks on one GPU only where NCCL_MULTI_RANK_GPU_ENABLE=1"));
  EXPECT_TRUE(says(23003, nullptr, "is not set"));
  EXPECT_TRUE(says(23003, "0", "has another value"));
  EXPECT_TRUE(says(23003, "0", "--backend mpi"));
}

}  // namespace
}  // namespace lanemark
