// SPDX-License-Identifier: MIT

// Send, receive and groups on every backend of the device, and collectives in stream order.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "collectives/collectives.hpp"
#include "kernels/core/event.hpp"
#include "tests/collectives/on_backend.hpp"

namespace lanemark {
namespace {

using Messages = OnBackend;

TEST_P(Messages, ofAGroupProgressTogether) {
  const auto on = connect();
  constexpr std::size_t count = 1U << 20U;  // past every eager limit: one after the other would never end
  const DeviceBuffer<float> out{world.device(), count};
  const DeviceBuffer<float> in{world.device(), count};
  fill(out);
  poison(in);
  const int right = (world.rank() + 1) % world.size();
  const int left = (world.rank() + world.size() - 1) % world.size();
  on->begin_group(stream);
  on->send(out.data(), count, DType::float32, right, stream);
  on->receive(in.data(), count, DType::float32, left, stream);
  on->end_group(stream);
  stream.ref().synchronize();
  EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = left, .source = 0}}, in), 0U);
}

TEST_P(Messages, betweenAllPairsKeepApart) {
  const auto on = connect();
  const auto ranks = static_cast<std::size_t>(world.size());
  // Each pair's size tells who sent it to whom.
  const auto size = [&](int from, int to) {
    return static_cast<std::size_t>(from) * 10 + static_cast<std::size_t>(to) * 100;
  };
  constexpr std::size_t room = 1000;
  const DeviceBuffer<float> out{world.device(), room};
  const DeviceBuffer<float> in{world.device(), room * ranks};
  fill(out);
  poison(in);
  std::vector<ExpectedRun> expected;
  on->begin_group(stream);
  for (int other = 0; other < world.size(); ++other) {
    if (other == world.rank()) continue;
    const std::size_t offset = room * static_cast<std::size_t>(other);
    on->send(out.data(), size(world.rank(), other), DType::float32, other, stream);
    on->receive(in.data() + offset, size(other, world.rank()), DType::float32, other, stream);
    expected.push_back({.offset = offset, .count = size(other, world.rank()), .rank = other, .source = 0});
  }
  on->end_group(stream);
  stream.ref().synchronize();
  EXPECT_EQ(wrong(expected, in), 0U);
  EXPECT_EQ(wrong({{.offset = 0, .count = room, .rank = world.rank(), .source = 0}}, out), 0U);
}

TEST_P(Messages, outsideAGroupRunInOrder) {
  const auto on = connect();
  constexpr std::size_t count = 1U << 20U;
  const DeviceBuffer<float> data{world.device(), count};
  if (world.is_root()) fill(data);
  else poison(data);
  // Down the line of ranks: each passes on what it was given.
  if (!world.is_root()) on->receive(data.data(), count, DType::float32, world.rank() - 1, stream);
  if (world.rank() + 1 < world.size()) on->send(data.data(), count, DType::float32, world.rank() + 1, stream);
  stream.ref().synchronize();
  EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = 0, .source = 0}}, data), 0U);
}

TEST_P(Messages, followTheOrderOfTwoStreams) {
  const auto on = connect();
  constexpr std::size_t count = 5003;
  const DeviceBuffer<float> own{world.device(), count};
  const DeviceBuffer<float> reduced{world.device(), count};
  const DeviceBuffer<float> passed_on{world.device(), count};
  const Stream second{world.device()};
  const Event first_done{world.device()};
  const int last = world.size() - 1;
  for (int round = 0; round < 5; ++round) {
    poison(own);
    poison(reduced);
    poison(passed_on);
    // Late, so that whoever does not wait for it finds the poison.
    stream.ref().run([] { std::this_thread::sleep_for(std::chrono::milliseconds{5}); });
    fill(own);
    on->run(all_reduce, {.send = own.data(), .receive = reduced.data(), .count = count}, stream);
    stream.ref().record(first_done);
    second.ref().wait(first_done);
    on->run(broadcast, {.send = reduced.data(), .receive = passed_on.data(), .count = count, .root = last}, second);
    second.ref().synchronize();
    EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = -1, .source = 0}}, passed_on), 0U) << "round " << round;
  }
}

TEST_P(Messages, andCollectivesOnlyEnqueue) {
  if (world.device().kind != DeviceKind::host) GTEST_SKIP() << "holds a stream back, which only the host's allow";
  const auto on = connect();
  constexpr std::size_t count = 1000;
  const DeviceBuffer<float> data{world.device(), count};
  const auto enqueue = [&] {
    fill(data);
    for (const Collective* collective : std::initializer_list<const Collective*>{&all_reduce, &broadcast, &reduce}) {
      on->run(*collective, {.send = data.data(), .receive = data.data(), .count = count}, stream);
    }
  };
  enqueue();  // staging and scratch memory grow now
  stream.ref().synchronize();
  std::promise<void> all_enqueued;
  stream.ref().run([&] { all_enqueued.get_future().wait(); });
  enqueue();  // would never return if it waited for any of it
  all_enqueued.set_value();
  stream.ref().synchronize();
}

INSTANTIATE_TEST_SUITE_P(Backends, Messages, every_backend, [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace lanemark
