// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark {
namespace {

std::string refusal(std::string_view name, const World& world) {
  try {
    resolve_backend(name, world);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Backends, registerUnderTheirNames) {
  std::vector<std::string> names;
  for (const Backend* one : Registry<Backend>::all()) {
    if (one->device == DeviceKind::host) names.emplace_back(one->name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"composed", "mpi"}));
  std::vector<std::string_view> collectives;
  for (const Collective* one : Registry<Collective>::all()) collectives.push_back(one->name);
  EXPECT_EQ(collectives, (std::vector<std::string_view>{"all_gather", "all_reduce", "all_to_all", "all_to_all_v",
                                                        "barrier", "broadcast", "gather", "reduce", "reduce_scatter",
                                                        "scatter", "send_recv", "send_recv_pairs"}));
}

TEST(Backends, unknownOnesAreRefusedByName) {
  const World world{MPI_COMM_WORLD, {}};
  EXPECT_NE(refusal("smoke", world).find("known on the host device: composed, mpi"), std::string::npos);
  EXPECT_EQ(refusal("mpi", world), "");
}

TEST(Backends, ofTheOtherDeviceNameTheFlag) {
  const World world{MPI_COMM_WORLD, {}};
#ifdef LANEMARK_WITH_CUDA
  EXPECT_NE(refusal("nccl", world).find("use --device cuda"), std::string::npos) << refusal("nccl", world);
#else
  EXPECT_NE(refusal("nccl", world).find("unknown backend 'nccl'"), std::string::npos) << refusal("nccl", world);
#endif
}

TEST(Backends, mpiRefusesPartsBeyondItsCounts) {
  const World world{MPI_COMM_WORLD, {}};
  const Stream stream{world.device()};
  const auto on = resolve_backend("mpi", world).connect(world, {});
  for (const Collective* collective : std::initializer_list<const Collective*>{&gather, &scatter}) {
    on->run(*collective, {.count = std::size_t{1} << 31U}, stream);
    try {
      stream.ref().synchronize();
      ADD_FAILURE() << collective->name << " took 2^31 elements";
    } catch (const Error& error) {
      EXPECT_NE(std::string_view{error.what()}.find("MPI counts end at 2^31 - 1"), std::string_view::npos)
          << error.what();
    }
  }
}

TEST(Backends, aRefusalOnOneRankIsEveryones) {
  const World world{MPI_COMM_WORLD, {}};
  // Each rank asks for another name; all must hear the first unknown one.
  const std::string name = world.rank() == world.size() - 1 ? "smoke" : "mpi";
  EXPECT_NE(refusal(name, world).find("smoke"), std::string::npos);
}

TEST(Backends, mpiOnGpusIsTheOneThatWorks) {
  const World world{MPI_COMM_WORLD, device_under_test()};
  if (world.device().kind == DeviceKind::host) GTEST_SKIP() << "no GPU for each rank: skipped";
  const std::string_view name = resolve_backend("mpi", world).name;
  EXPECT_TRUE(name == "mpi_staged" || name == "mpi_cuda") << name;
  EXPECT_EQ(default_backend(DeviceKind::cuda), "nccl");
}

}  // namespace
}  // namespace lanemark
