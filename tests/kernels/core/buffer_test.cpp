// SPDX-License-Identifier: MIT

#include "kernels/core/buffer.hpp"

#include "kernels/core/error.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

class BufferTest : public OnDevice {};

TEST_P(BufferTest, AccountsForNowAndPeak) {
  const Bytes before = allocated_memory(device());
  reset_peak_memory(device());
  EXPECT_EQ(peak_memory(device()), before);
  {
    const Memory first{device(), Bytes{1000}};
    EXPECT_EQ(allocated_memory(device()), before + Bytes{1000});
    { const Memory second{device(), Bytes{500}}; }
    EXPECT_EQ(allocated_memory(device()), before + Bytes{1000});
    EXPECT_EQ(peak_memory(device()), before + Bytes{1500});
  }
  EXPECT_EQ(allocated_memory(device()), before);
  EXPECT_EQ(peak_memory(device()), before + Bytes{1500});
  reset_peak_memory(device());
  EXPECT_EQ(peak_memory(device()), before);
}

TEST_P(BufferTest, OnlyDeviceMemoryCounts) {
  const Bytes before = allocated_memory(device());
  const Memory pinned{device(), Bytes{1000}, Placement::pinned};
  const Memory pageable{device(), Bytes{1000}, Placement::pageable};
  EXPECT_EQ(allocated_memory(device()), before);
  pinned.data()[999] = std::byte{1};  // both are the host's to touch
  pageable.data()[999] = pinned.data()[999];
}

TEST_P(BufferTest, MovesWithoutLosingOrFreeingTwice) {
  const Bytes before = allocated_memory(device());
  Memory from{device(), Bytes{1000}};
  const std::byte* const data = from.data();
  Memory to{std::move(from)};
  EXPECT_EQ(to.data(), data);
  EXPECT_EQ(to.size(), Bytes{1000});
  Memory replaced{device(), Bytes{300}};
  replaced = std::move(to);
  EXPECT_EQ(replaced.data(), data);
  EXPECT_EQ(allocated_memory(device()), before + Bytes{1000});
  replaced = Memory{};
  EXPECT_EQ(allocated_memory(device()), before);
}

TEST_P(BufferTest, EmptyHoldsNothing) {
  const DeviceBuffer<float> empty{device(), 0};
  EXPECT_EQ(empty.data(), nullptr);
  EXPECT_EQ(empty.size(), 0U);
  EXPECT_TRUE(get(empty).empty());
  EXPECT_EQ(DeviceBuffer<float>{}.size(), 0U);
}

TEST_P(BufferTest, BeginsOnACacheLine) {
  for (const std::uint64_t size : {1U, 63U, 64U, 1000U}) {
    const Memory memory{device(), Bytes{size}};
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0U);
  }
}

TEST_P(BufferTest, UploadsAndDownloads) {
  const std::vector<float> values = random.floats(12345);
  const auto buffer = put(values);
  EXPECT_EQ(get(buffer), values);
  EXPECT_EQ(download(stream(), buffer.span().subspan(100, 7)),
            (std::vector<float>{values.begin() + 100, values.begin() + 107}));
}

// Linux grants far more than there is and ends the process when it is touched: the request itself must fail.
TEST_P(BufferTest, RefusesMoreThanThereIs) {
  const Bytes before = allocated_memory(device());
  const Bytes free = platform(GetParam()).free_memory(0, 1);
  for (const Bytes size : {free * 2, Bytes{1ULL << 60U}, Bytes{~0ULL}}) {
    EXPECT_THROW(Memory(device(), size), OutOfMemory) << size.value;
  }
  EXPECT_EQ(allocated_memory(device()), before);
  EXPECT_NO_THROW(Memory(device(), Bytes{4096}));
}

INSTANTIATE_TEST_SUITE_P(Devices, BufferTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
