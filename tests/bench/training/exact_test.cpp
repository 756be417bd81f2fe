// SPDX-License-Identifier: MIT

// Whole-number gradients: whatever the strategy, the buckets, the backend and the number of ranks, parameters must be
// bitwise those of a single rank that sees the whole batch.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "tests/bench/training/network_under_test.hpp"

namespace lanemark {
namespace {

struct Setting {
  std::string strategy;
  std::vector<Bytes> caps{mebibytes(1), mebibytes(25)};
};

std::vector<Setting> settings() {
  return {{.strategy = "data_parallel"},
          {.strategy = "bucketed"},
          {.strategy = "bucketed", .caps = {Bytes{1}}},
          {.strategy = "bucketed", .caps = {Bytes{100}, Bytes{1000}}},
          {.strategy = "bucketed", .caps = {gibibytes(1)}}};
}

StepOptions whole_number_options(const Setting& setting) {
  return {.compute = Compute::hand,
          .learning_rate = 0.25F,
          .momentum = 0.5F,
          .seed = 3,
          .sync = {.bucket_caps = setting.caps},
          .loss = WholeNumbers::loss};
}

std::vector<float> parameters_after(TrainingStep& step, std::size_t first_sample, int steps) {
  step.reset();
  WholeNumbers::fill(step, first_sample);
  for (int i = 0; i < steps; ++i) step.run();
  step.finish();
  return download(step.stream(), step.parameters());
}

void expect_same_as_one_rank(const Network& network, std::size_t batch) {
  const Device device = device_under_test();
  const World world{MPI_COMM_WORLD, device};
  const World alone{MPI_COMM_SELF, device};
  const auto silent = connect_silent(alone);
  TrainingStep single{network, no_sync(), *silent, {batch}, whole_number_options({})};
  const std::vector<float> expected = parameters_after(single, 0, 1);

  for (int ranks = 1; ranks <= world.size(); ++ranks) {
    const std::optional<World> group = world.first(ranks);
    for (const std::string& backend : backends_under_test(device)) {
      if (!group) continue;
      const auto communicator = resolve_backend(backend, *group).connect(*group, {});
      for (const Setting& setting : settings()) {
        SCOPED_TRACE(fmt::format("{} over {}, {} ranks, first cap {}", setting.strategy, backend, ranks,
                                 size_name(setting.caps.front())));
        const std::vector<std::size_t> shares = share_samples(batch, ranks);
        const std::size_t first = std::accumulate(shares.begin(), shares.begin() + group->rank(), std::size_t{0});
        TrainingStep step{network, strategy(setting.strategy), *communicator, shares, whole_number_options(setting)};
        const std::vector<float> actual = parameters_after(step, first, 1);
        EXPECT_TRUE(actual == expected);
      }
    }
    world.wait_politely();
  }
}

TEST(ExactGradients, mlpIsBitwiseThatOfOneRank) { expect_same_as_one_rank(build("mlp", "5-7-6-4"), 12); }

TEST(ExactGradients, unevenSharesAreBitwiseThoseOfOneRank) { expect_same_as_one_rank(build("mlp", "5-7-6-4"), 13); }

TEST(ExactGradients, convIsBitwiseThatOfOneRank) { expect_same_as_one_rank(build("conv", "4-2-3-5-3"), 7); }

// Random data, compared by norm: adding in another order is all that may differ.
TEST(RandomGradients, areThoseOfOneRankWithTheWholeBatch) {
  const Device device = device_under_test();
  const World world{MPI_COMM_WORLD, device};
  const World alone{MPI_COMM_SELF, device};
  const auto silent = connect_silent(alone);
  const Network network = build("mlp", "33-65-40-7");
  constexpr std::size_t batch = 22;
  const std::uint64_t seed = std::stoull(world.broadcast(std::to_string(std::random_device{}())));
  const auto gradients_after_a_step = [](TrainingStep& step) {
    step.reset();
    step.run();
    step.finish();
    return download(step.stream(), step.gradients());
  };
  TrainingStep single{network, no_sync(), *silent, {batch}, {.seed = seed}};
  const std::vector<float> expected = gradients_after_a_step(single);
  for (const std::string& backend : backends_under_test(device)) {
    const auto communicator = resolve_backend(backend, world).connect(world, {});
    for (const SyncStrategy* one : Registry<SyncStrategy>::all()) {
      SCOPED_TRACE(fmt::format("{} over {}, seed {}", one->name, backend, seed));
      TrainingStep step{network, *one, *communicator, share_samples(batch, world.size()), {.seed = seed}};
      const std::vector<float> actual = gradients_after_a_step(step);
      double difference = 0;
      double norm = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        difference += std::pow(static_cast<double>(actual[i]) - static_cast<double>(expected[i]), 2);
        norm += std::pow(static_cast<double>(expected[i]), 2);
      }
      if (world.is_root() || !one->gathers_at_root) {
        EXPECT_LE(std::sqrt(difference / norm), 1e-5);
      }
    }
  }
}

TEST(ShareSamples, differByAtMostOne) {
  EXPECT_EQ(share_samples(13, 4), (std::vector<std::size_t>{4, 3, 3, 3}));
  EXPECT_EQ(share_samples(12, 3), (std::vector<std::size_t>{4, 4, 4}));
}

}  // namespace
}  // namespace lanemark
