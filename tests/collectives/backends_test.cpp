#include <gtest/gtest.h>

#include <algorithm>

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
  EXPECT_EQ(collectives, (std::vector<std::string_view>{"all_reduce", "broadcast", "gather", "reduce", "scatter"}));
}

TEST(Backends, unknownOnesAreRefusedByName) {
  const World world{MPI_COMM_WORLD, {}};
  EXPECT_NE(refusal("smoke", world).find("known on the host device: composed, mpi"), std::string::npos);
  EXPECT_EQ(refusal("mpi", world), "");
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
