// SPDX-License-Identifier: MIT

#include "kernels/core/stream.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

/// Holds a stream until it is opened, or gone.
class Gate {
 public:
  Gate() : opened_{promise_.get_future()} {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  Gate(Gate&&) = delete;
  Gate& operator=(Gate&&) = delete;
  ~Gate() { open(); }

  void open() {
    if (!std::exchange(is_open_, true)) promise_.set_value();
  }
  void block(StreamRef stream) const {
    stream.run([opened = opened_] { opened.wait(); });
  }

 private:
  std::promise<void> promise_;
  std::shared_future<void> opened_;
  bool is_open_ = false;
};

class StreamTest : public OnDevice {};

TEST_P(StreamTest, RunsInOrder) {
  constexpr int count = 10000;
  std::vector<int> order;
  for (int i = 0; i < count; ++i) stream().run([&order, i] { order.push_back(i); });
  stream().synchronize();
  ASSERT_EQ(order.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_P(StreamTest, OnlyEnqueues) {
  Gate gate;
  bool ran = false;
  gate.block(stream());
  stream().run([&] { ran = true; });
  EXPECT_FALSE(ran);  // the stream cannot have passed the gate
  gate.open();
  stream().synchronize();
  EXPECT_TRUE(ran);
}

TEST_P(StreamTest, CopiesAndFills) {
  const std::vector<float> values = random.floats(1000);
  const auto from = put(values);
  const auto to = poisoned(1000);
  stream().copy(to.data(), from.data(), from.span().bytes());
  EXPECT_EQ(get(to), values);
  stream().fill(to.data() + 10, std::byte{0}, Bytes{20 * sizeof(float)});
  std::vector<float> expected = values;
  std::fill_n(expected.begin() + 10, 20, 0.0F);
  EXPECT_EQ(get(to), expected);
  stream().copy(nullptr, nullptr, Bytes{});
  stream().fill(nullptr, std::byte{1}, Bytes{});
  EXPECT_NO_THROW(stream().synchronize());
}

TEST_P(StreamTest, WaitsForAnotherStream) {
  const Stream other{device()};
  const Event event{device()};
  Gate gate;
  int value = 0;
  int seen = -1;
  gate.block(stream());
  stream().run([&] { value = 7; });
  stream().record(event);
  other.ref().wait(event);
  other.ref().run([&] { seen = value; });
  std::this_thread::sleep_for(std::chrono::milliseconds{20});  // time to go wrong in
  gate.open();
  other.ref().synchronize();
  EXPECT_EQ(seen, 7);
}

TEST_P(StreamTest, WaitMeansTheRecordAtItsEnqueue) {
  const Stream other{device()};
  const Event event{device()};
  stream().record(event);
  other.ref().wait(event);
  Gate gate;
  gate.block(stream());
  stream().record(event);
  EXPECT_NO_THROW(other.ref().synchronize());  // would hang if it waited for the later record
  gate.open();
  stream().synchronize();
}

TEST_P(StreamTest, EventNeverRecordedBlocksNobody) {
  const Event event{device()};
  bool ran = false;
  stream().wait(event);
  stream().run([&] { ran = true; });
  stream().synchronize();
  EXPECT_TRUE(ran);
  EXPECT_NO_THROW(EventRef{event}.synchronize());
}

TEST_P(StreamTest, EventMayGoBeforeItHappens) {
  const Stream other{device()};
  Gate gate;
  bool ran = false;
  gate.block(stream());
  {
    const Event event{device()};
    stream().record(event);
    other.ref().wait(event);
  }
  other.ref().run([&] { ran = true; });
  gate.open();
  stream().synchronize();
  other.ref().synchronize();
  EXPECT_TRUE(ran);
}

TEST_P(StreamTest, ElapsedCoversWhatRanBetween) {
  constexpr std::chrono::milliseconds pause{20};
  const Event start{device()};
  const Event stop{device()};
  stream().record(start);
  stream().run([=] { std::this_thread::sleep_for(pause); });
  stream().record(stop);
  EventRef{stop}.synchronize();
  EXPECT_GE(elapsed(start, stop).count(), 0.99 * Seconds{pause}.count());
  stream().record(stop);
  stream().record(start);
  stream().synchronize();
  EXPECT_GE(elapsed(stop, start).count(), 0) << "the latest record counts";
}

TEST_P(StreamTest, SynchronizeRethrowsTheFirstFailureOnce) {
  const Stream other{device()};
  const Event event{device()};
  stream().run([] { throw std::runtime_error("first"); });
  stream().run([] { throw std::logic_error("second"); });
  stream().record(event);
  other.ref().wait(event);
  EXPECT_NO_THROW(other.ref().synchronize()) << "another stream neither hangs nor fails";
  EXPECT_THROW(stream().synchronize(), std::runtime_error);
  EXPECT_NO_THROW(stream().synchronize());
  bool ran = false;
  stream().run([&] { ran = true; });
  stream().synchronize();
  EXPECT_TRUE(ran) << "the stream works on";
}

TEST_P(StreamTest, NativeHandleOnGpusOnly) {
  EXPECT_EQ(stream().native() == nullptr, GetParam() == DeviceKind::host);
  EXPECT_EQ(stream().device(), device());
}

INSTANTIATE_TEST_SUITE_P(Devices, StreamTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
