// SPDX-License-Identifier: MIT

// Memory goes back in the order of the streams, whatever unwinds, and in whatever order owners go.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "kernels/core/buffer.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/graph.hpp"
#include "kernels/core/refusal.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

class StreamOrderTest : public OnDevice {
 protected:
  static constexpr std::size_t size = 4096;

  /// Work long enough to be still running when its enqueueing is done.
  void enqueue_slow(StreamRef on) {
    on.run([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      ran = true;
    });
  }

  std::atomic<bool> ran = false;
};

TEST_P(StreamOrderTest, AnOwnerWaitsForWhatWasEnqueuedBefore) {
  {
    const DeviceBuffer<float> buffer{device(), size};
    enqueue_slow(stream());
    stream().fill(buffer.data(), std::byte{1}, buffer.span().bytes());
  }
  EXPECT_TRUE(ran);
}

TEST_P(StreamOrderTest, OnEveryStreamAndForEveryPlacement) {
  for (const Placement placement : {Placement::device, Placement::pinned, Placement::pageable}) {
    ran = false;
    const std::vector<std::byte> from(size, std::byte{1});
    const Stream other{device()};
    {
      const Memory memory{device(), Bytes{size}, placement};
      enqueue_slow(other);
      other.ref().copy(memory.data(), from.data(), memory.size());
    }
    EXPECT_TRUE(ran) << static_cast<int>(placement);
  }
}

TEST_P(StreamOrderTest, ABufferMadeAfterTheStreamAndItsWorkMayGoFirst) {
  struct Owner {
    explicit Owner(Device device) : own{device}, buffer{device, size} {}
    Stream own;
    DeviceBuffer<float> buffer;  // goes before the stream
  };
  {
    const Owner owner{device()};
    enqueue_slow(owner.own);
    owner.own.ref().fill(owner.buffer.data(), std::byte{1}, owner.buffer.span().bytes());
  }
  EXPECT_TRUE(ran);
}

TEST_P(StreamOrderTest, AnErrorThatUnwindsWaits) {
  const auto fails = [&] {
    const DeviceBuffer<float> first{device(), size};
    enqueue_slow(stream());
    stream().fill(first.data(), std::byte{1}, first.span().bytes());
    refuse_requests(1);
    const DeviceBuffer<float> second{device(), size};
  };
  EXPECT_THROW(fails(), OutOfMemory);
  refuse_requests(0);
  EXPECT_TRUE(ran);
}

TEST_P(StreamOrderTest, WhatWorkThrewIsStillThereToBeFetched) {
  {
    const DeviceBuffer<float> buffer{device(), size};
    stream().run([] { throw std::runtime_error("planted"); });
  }
  EXPECT_THROW(stream().synchronize(), std::runtime_error);
  EXPECT_NO_THROW(stream().synchronize());
}

TEST_P(StreamOrderTest, AStreamThatEndsTellsWhatNobodyFetched) {
  ::testing::internal::CaptureStderr();
  {
    const Stream ended{device()};
    ended.ref().run([] { throw std::runtime_error("planted failure"); });
  }
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("planted failure"), std::string::npos);
}

// The worker must wait for nothing: here the other stream waits for it.
TEST_P(StreamOrderTest, MemoryThatWorkOwnsIsGivenBackOutside) {
  const Bytes before = allocated_memory(device());
  const Stream other{device()};
  const Event event{device()};
  {
    auto held = std::make_shared<DeviceBuffer<float>>(device(), size);
    stream().fill(held->data(), std::byte{1}, held->span().bytes());
    stream().run([held] { std::this_thread::sleep_for(std::chrono::milliseconds{5}); });
  }
  stream().record(event);
  other.ref().wait(event);
  enqueue_slow(other);
  stream().synchronize();
  other.ref().synchronize();
  EXPECT_EQ(allocated_memory(device()), before);
  EXPECT_TRUE(ran);
}

TEST_P(StreamOrderTest, AHeldStreamIsNoReasonToWaitForEver) {
  stream().hold();
  {
    const DeviceBuffer<float> buffer{device(), size};
    enqueue_slow(stream());
  }
  EXPECT_TRUE(ran);
  ran = false;
  stream().hold();
  enqueue_slow(stream());
  stream().synchronize();
  EXPECT_TRUE(ran);
}

// The other is waited for first, as it was made last, and waits for the one that is held.
TEST_P(StreamOrderTest, NorIsAStreamThatWaitsForAHeldOne) {
  const Stream other{device()};
  const Event event{device()};
  stream().hold();
  {
    const DeviceBuffer<float> buffer{device(), size};
    enqueue_slow(stream());
    stream().record(event);
    other.ref().wait(event);
    other.ref().fill(buffer.data(), std::byte{1}, buffer.span().bytes());
  }
  EXPECT_TRUE(ran);
}

TEST_P(StreamOrderTest, AGraphMayOutliveWhatItsLaunchesUsed) {
  std::optional<Graph> graph;
  {
    const DeviceBuffer<float> buffer{device(), size};
    graph.emplace(stream(), [&] {
      enqueue_slow(stream());
      stream().fill(buffer.data(), std::byte{1}, buffer.span().bytes());
    });
    graph->launch();
  }
  EXPECT_TRUE(ran);
  graph.reset();
}

TEST_P(StreamOrderTest, ManyThreadsMakeAndEndStreamsAndMemory) {
  std::vector<std::thread> crowd;
  for (int t = 0; t < 4; ++t) {
    crowd.emplace_back([] {
      for (int i = 0; i < 50; ++i) {
        const Stream own{device()};
        const DeviceBuffer<float> buffer{device(), size};
        own.ref().fill(buffer.data(), std::byte{1}, buffer.span().bytes());
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
}

TEST_P(StreamOrderTest, RefusesTheRequestsAskedForAndNoOthers) {
  const Bytes before = allocated_memory(device());
  refuse_requests(2, 2);
  const auto take = [] { return DeviceBuffer<float>{device(), size}; };
  EXPECT_NO_THROW(take());
  EXPECT_THROW(take(), OutOfMemory);
  EXPECT_THROW(take(), OutOfMemory);
  EXPECT_NO_THROW(take());
  EXPECT_EQ(requests_made(), 4U);
  refuse_requests(0);
  EXPECT_NO_THROW(take());
  EXPECT_EQ(allocated_memory(device()), before);
}

INSTANTIATE_TEST_SUITE_P(Devices, StreamOrderTest, every_kind(), kind_name);

// A stream held back runs nothing, and then everything in order.
TEST(HostStream, HoldsUntilItIsResumed) {
  const Stream stream{Device{}};
  stream.ref().hold();
  std::atomic<int> ran = 0;
  for (int i = 0; i < 10; ++i) stream.ref().run([&ran] { ++ran; });
  std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_EQ(ran, 0);
  stream.ref().resume();
  stream.ref().synchronize();
  EXPECT_EQ(ran, 10);
}

}  // namespace
}  // namespace lanemark::test
