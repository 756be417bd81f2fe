// SPDX-License-Identifier: MIT

// What the ranks of a launch agree on before they have devices, on views that are made up for each: no GPU is needed.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/commands/planning.hpp"
#include "bench/launching/device_choice.hpp"
#include "bench/suites/links.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

std::string address(int gpu) { return fmt::format("0000:{:02X}:00.0", gpu + 16); }

std::optional<std::string> cannot(const Collective& /*collective*/, const CollectiveCall& /*call*/, int /*ranks*/,
                                  Device /*device*/, const Tuning& /*tuning*/) {
  return std::nullopt;
}
std::optional<std::string> no_refusal(const World& /*world*/) { return std::nullopt; }
std::optional<std::string> says_no() { return "it takes no two ranks on one device; use another"; }
std::unique_ptr<Communicator> connect(const World& world, const Tuning& /*tuning*/) { return connect_silent(world); }

/// One that serves ranks with a device each, as NCCL does.
const Registered<Backend> selfish{{.name = "selfish",
                                   .device = DeviceKind::host,
                                   .transport = "none",
                                   .refusal = no_refusal,
                                   .connect = connect,
                                   .wire = Backend::Wire::peer_link,
                                   .cannot = cannot,
                                   .cannot_share = says_no}};
#ifndef LANEMARK_WITH_CUDA
const Registered<Backend> nccl{{.name = "nccl",
                                .device = DeviceKind::cuda,
                                .transport = "none",
                                .refusal = no_refusal,
                                .connect = connect,
                                .wire = Backend::Wire::peer_link,
                                .cannot = cannot,
                                .cannot_share = says_no}};
#endif

DeviceProperties with_links() {
  DeviceProperties device;
  device.host_link = BytesPerSecond{6e10};
  device.peer_link = BytesPerSecond{4e11};
  return device;
}

class Devices : public ::testing::Test {
 protected:
  /// On every rank the same, or the test fails.
  std::string refusal(const std::vector<std::string>& visible) {
    std::string text;
    try {
      static_cast<void>(choose_device(options, control, visible));
    } catch (const UsageError& error) {
      text = error.what();
    }
    EXPECT_EQ(control.broadcast(text), text);
    return text;
  }
  [[nodiscard]] World world_with(const DeviceChoice& chosen) const {
    return {MPI_COMM_WORLD, chosen.device, chosen.identity};
  }

  World control{MPI_COMM_WORLD, {}};
  DeviceRequest options;
};

TEST_F(Devices, ViewsComeFromEveryRankInOrder) {
  // Rank 0 sees none, rank 1 one, rank 2 two.
  std::vector<std::string> mine;
  for (int i = 0; i < control.rank(); ++i) mine.push_back(address(10 * control.rank() + i));
  const std::vector<DeviceView> views = gather_views(control, mine);
  ASSERT_EQ(views.size(), static_cast<std::size_t>(control.size()));
  for (int rank = 0; rank < control.size(); ++rank) {
    const DeviceView& view = views[static_cast<std::size_t>(rank)];
    EXPECT_EQ(view.rank, rank);
    ASSERT_EQ(view.gpus.size(), static_cast<std::size_t>(rank));
    for (int i = 0; i < rank; ++i) EXPECT_EQ(view.gpus[static_cast<std::size_t>(i)], address(10 * rank + i));
  }
}

TEST_F(Devices, EachTaskWithAGpuOfItsOwnTakesNumberZero) {
  const DeviceChoice mine = choose_device(options, control, {address(control.rank())});
  EXPECT_EQ(mine.device, (Device{DeviceKind::cuda, 0}));
  EXPECT_EQ(mine.identity, address(control.rank()));
  const World world = world_with(mine);
  EXPECT_EQ(world.sharers(), 1);
  EXPECT_FALSE(world.shares_devices());
  EXPECT_EQ(devices_of(world.places()), world.size());
  EXPECT_EQ(world.places()[static_cast<std::size_t>(world.size() - 1)].device, address(world.size() - 1));
}

TEST_F(Devices, WhereAllSeeAllItIsTheLocalRank) {
  std::vector<std::string> all;
  for (int gpu = 0; gpu < control.size(); ++gpu) all.push_back(address(gpu));
  const DeviceChoice mine = choose_device(options, control, all);
  EXPECT_EQ(mine.device.ordinal, control.rank());
  EXPECT_EQ(mine.identity, address(control.rank()));
}

TEST_F(Devices, TwoOnOneAreRefusedByAll) {
  const std::string text = refusal({address(0)});
  if (control.size() == 1) {
    EXPECT_EQ(text, "");
  } else {
    EXPECT_NE(text.find("ranks 0 and 1 would share GPU " + address(0)), std::string::npos) << text;
  }
}

TEST_F(Devices, ARankThatSeesNoneIsRefusedByAll) {
  const bool last = control.rank() == control.size() - 1;
  const std::string text = refusal(last ? std::vector<std::string>{} : std::vector{address(control.rank())});
  if (control.size() == 1) {
    EXPECT_EQ(text, "") << "it is the host's";
  } else {
    EXPECT_NE(text.find(fmt::format("rank {} sees no GPU", control.size() - 1)), std::string::npos) << text;
  }
}

TEST_F(Devices, ACommandLineOfOneRankAloneHangsNobody) {
  options.share_gpus = control.rank() == 0;
  if (control.size() > 1) {
    EXPECT_NE(refusal({address(0)}).find("would share GPU"), std::string::npos);
  }
  options.share_gpus = false;
  options.device = control.rank() == 0 ? "fog" : "";
  EXPECT_NE(refusal({address(control.rank())}).find("unknown device 'fog'"), std::string::npos);
}

TEST_F(Devices, SharersAreKnownToEveryWorldOfThem) {
  options.share_gpus = true;
  const World world = world_with(choose_device(options, control, {address(0)}));
  EXPECT_EQ(world.sharers(), world.size());
  EXPECT_EQ(world.shares_devices(), world.size() > 1);
  if (const std::optional<World> part = world.first(1)) {
    EXPECT_EQ(part->sharers(), 1);
    EXPECT_FALSE(part->shares_devices());
    EXPECT_EQ(part->places()[0].device, address(0));
  }
  EXPECT_EQ(world.split(world.rank() % 2).sharers(), (world.size() + 1 - world.rank() % 2) / 2);
}

TEST_F(Devices, TheHostIsSharedByAllOfANode) { EXPECT_EQ(control.sharers(), control.local_size()); }

TEST_F(Devices, WhatTakesNoSharersIsRefusedWithItsReason) {
  const World apart = world_with({.device = {}, .identity = address(control.rank())});
  EXPECT_EQ(resolve_backend("selfish", apart).name, "selfish");
  const World together = world_with({.device = {}, .identity = address(0)});
  std::string text;
  try {
    resolve_backend("selfish", together);
  } catch (const UsageError& error) {
    text = error.what();
  }
  EXPECT_EQ(text, control.size() > 1 ? "it takes no two ranks on one device; use another" : "");
  EXPECT_EQ(sharing_refusal("mpi", together), std::nullopt);
  EXPECT_EQ(sharing_refusal("fog", together), std::nullopt);
}

#ifndef LANEMARK_WITH_CUDA
TEST_F(Devices, WhatIsOnlyADefaultIsLeftOutWithAWord) {
  const DefaultBackends usual =
      default_backends(world_with({.device = {DeviceKind::cuda, 0}, .identity = address(control.rank())}));
  EXPECT_EQ(usual.names, (std::vector<std::string>{"nccl", "mpi"}));
  EXPECT_EQ(usual.left_out, "");
  const DefaultBackends shared =
      default_backends(world_with({.device = {DeviceKind::cuda, 0}, .identity = address(0)}));
  if (control.size() == 1) return;
  EXPECT_EQ(shared.names, (std::vector<std::string>{"mpi"}));
  EXPECT_EQ(shared.left_out,
            "nccl is not measured, as ranks share a GPU: it takes no two ranks on one device; use another");
}
#endif

TEST_F(Devices, LinksAreAskedByThoseThatSeeBothGpus) {
  if (control.size() < 2) return;
  Communicators communicators;
  const auto link = [&](const World& world, std::vector<std::string> visible) {
    const int own = static_cast<int>(std::ranges::find(visible, address(world.rank())) - visible.begin());
    const World seen{MPI_COMM_WORLD, {DeviceKind::host, own}, address(world.rank())};
    const SuiteContext context{
        .world = seen,
        .communicators = communicators,
        .device = with_links(),
        .ranks = {},
        .backends = {},
        .sizes = {},
        .memory_limit = {},
        .peer_links = gather_peer_links(seen, visible, [](int /*from*/, int /*to*/) { return true; })};
    return link_between(selfish, context, 0, 1);
  };
  const World world = world_with({.device = {}, .identity = address(control.rank())});
  const Link told = link(world, {address(1), address(0), address(2)});
  EXPECT_EQ(told.transport, "none, NVLink");
  EXPECT_TRUE(told.limit.has_value());
  const Link unknown = link(world, {address(world.rank())});
  EXPECT_NE(unknown.transport.find("none sees both GPUs"), std::string::npos) << unknown.transport;
  EXPECT_FALSE(unknown.limit.has_value()) << "where the wire is not known no limit is named";
}

TEST_F(Devices, WhoSharesAGpuHasNoWireOfItsOwn) {
  if (control.size() < 2) return;
  Communicators communicators;
  const World world = world_with({.device = {}, .identity = address(0)});
  const SuiteContext context{.world = world,
                             .communicators = communicators,
                             .device = with_links(),
                             .ranks = {},
                             .backends = {},
                             .sizes = {},
                             .memory_limit = {}};
  EXPECT_FALSE(limit_of(selfish, context).has_value());
  const Link link = link_between(selfish, context, 0, 1);
  EXPECT_EQ(link.transport, "none, within one GPU");
  EXPECT_FALSE(link.limit.has_value());
}

}  // namespace
}  // namespace lanemark
