// SPDX-License-Identifier: MIT

#include <chrono>
#include <thread>

#include "kernels/operations.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

using std::chrono::nanoseconds;

class ClockTest : public OnDevice {
 protected:
  /// What the clock says before and after `work`, which is enqueued.
  template <class Work>
  [[nodiscard]] nanoseconds passed(const DeviceBuffer<std::uint64_t>& times, Work&& work) const {
    read_clock(stream(), {times.data()});
    work();
    read_clock(stream(), {times.data() + 1});
    const auto read = get(times);
    return nanoseconds{read[1] - read[0]};
  }
};

TEST_P(ClockTest, CountsNanoseconds) {
  const auto times = poisoned<std::uint64_t>(2);
  const auto begun = std::chrono::steady_clock::now();
  const nanoseconds counted =
      passed(times, [&] { stream().run([] { std::this_thread::sleep_for(std::chrono::milliseconds{20}); }); });
  const auto all = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(counted, std::chrono::milliseconds{19});
  EXPECT_LE(counted, all + std::chrono::milliseconds{1});
}

// At least the share; how much more depends on what else the machine does.
TEST_P(ClockTest, WaitsForAShareOfTheTimePassed) {
  const auto times = poisoned<std::uint64_t>(2);
  const nanoseconds passed_with_wait = passed(times, [&] {
    stream().run([] { std::this_thread::sleep_for(std::chrono::milliseconds{20}); });
    wait_share(stream(), {times.data(), 1.0});
  });
  EXPECT_GE(passed_with_wait, std::chrono::milliseconds{39});
}

INSTANTIATE_TEST_SUITE_P(Devices, ClockTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
