// SPDX-License-Identifier: MIT

#include "kernels/host/stream.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "kernels/core/error.hpp"

namespace lanemark::test {
namespace {

TEST(HostStream, DestructionRunsWhatIsQueued) {
  int ran = 0;
  {
    const Stream stream{Device{}};
    stream.ref().run([] { std::this_thread::sleep_for(std::chrono::milliseconds{10}); });
    for (int i = 0; i < 1000; ++i) stream.ref().run([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(HostStream, DestructionDoesNotThrowAnUnfetchedFailure) {
  EXPECT_NO_THROW({
    const Stream stream{Device{}};
    stream.ref().run([] { throw std::runtime_error("nobody asks"); });
  });
}

TEST(HostStream, DropsWhatFollowsAFailure) {
  const Stream stream{Device{}};
  bool dropped = true;
  int value = 1;
  const int other = 2;
  stream.ref().run([] { throw std::runtime_error("first"); });
  stream.ref().run([&] { dropped = false; });
  stream.ref().copy(&value, &other, Bytes{sizeof value});
  EXPECT_THROW(stream.ref().synchronize(), std::runtime_error);
  EXPECT_TRUE(dropped);
  EXPECT_EQ(value, 1);
}

TEST(HostStream, ManyThreadsEnqueueAndSynchronize) {
  const Stream stream{Device{}};
  constexpr int threads = 4;
  constexpr int tasks = 500;
  int ran = 0;  // only ever touched in stream order
  std::vector<std::thread> crowd;
  for (int t = 0; t < threads; ++t) {
    crowd.emplace_back([&] {
      for (int i = 0; i < tasks; ++i) {
        stream.ref().run([&ran] { ++ran; });
        if (i % 50 == 0) stream.ref().synchronize();
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
  stream.ref().synchronize();
  EXPECT_EQ(ran, threads * tasks);
}

// Two streams that hand a value back and forth, as compute and communication do in a training step.
TEST(HostStream, PingPong) {
  const Stream ping{Device{}};
  const Stream pong{Device{}};
  const Event event{Device{}};
  int value = 0;
  for (int i = 0; i < 1000; ++i) {
    for (const Stream* stream : {&ping, &pong}) {
      stream->ref().wait(event);
      stream->ref().run([&value] { ++value; });
      stream->ref().record(event);
    }
  }
  EventRef{event}.synchronize();
  EXPECT_EQ(value, 2000);
}

// What a task holds is gone once synchronize returns: buffers captured by value can be counted on.
TEST(HostStream, TaskIsDestroyedBeforeSynchronizeReturns) {
  const Stream stream{Device{}};
  auto held = std::make_shared<int>(1);
  stream.ref().run([held] { static_cast<void>(*held); });
  stream.ref().synchronize();
  EXPECT_EQ(held.use_count(), 1);
}

class ForeignEvent final : public EventBody {
 public:
  void synchronize() override {}
  [[nodiscard]] Seconds since(const EventBody& /*start*/) const override { return {}; }
};

TEST(HostStream, RefusesEventsOfAnotherPlatform) {
  const Stream stream{Device{}};
  ForeignEvent foreign;
  EXPECT_THROW(stream.ref().record(EventRef{foreign}), Error);
  EXPECT_THROW(stream.ref().wait(EventRef{foreign}), Error);
  const Event event{Device{}};
  EXPECT_THROW(static_cast<void>(elapsed(EventRef{foreign}, event)), Error);
}

TEST(HostStream, TimeOfAnEventThatHasNotHappenedIsAnError) {
  const Stream stream{Device{}};
  const Event never{Device{}};
  const Event recorded{Device{}};
  stream.ref().record(recorded);
  stream.ref().synchronize();
  EXPECT_THROW(static_cast<void>(elapsed(never, recorded)), Error);
  EXPECT_THROW(static_cast<void>(elapsed(recorded, never)), Error);
  const Event pending{Device{}};
  std::atomic<bool> go = false;
  stream.ref().run([&] { go.wait(false); });
  stream.ref().record(pending);
  EXPECT_THROW(static_cast<void>(elapsed(recorded, pending)), Error);
  go = true;
  go.notify_one();
  stream.ref().synchronize();
  EXPECT_GE(elapsed(recorded, pending).count(), 0);
}

}  // namespace
}  // namespace lanemark::test
