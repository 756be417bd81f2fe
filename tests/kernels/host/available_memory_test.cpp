// SPDX-License-Identifier: MIT

#include "kernels/host/available_memory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <unistd.h>

#include "kernels/core/buffer.hpp"
#include "kernels/core/error.hpp"

namespace lanemark::test {
namespace {

namespace fs = std::filesystem;

/// A root folder with the files that the kernel would show.
class AvailableMemory : public ::testing::Test {
 public:
  AvailableMemory(const AvailableMemory&) = delete;
  AvailableMemory& operator=(const AvailableMemory&) = delete;
  AvailableMemory(AvailableMemory&&) = delete;
  AvailableMemory& operator=(AvailableMemory&&) = delete;

 protected:
  AvailableMemory() : root_{fs::temp_directory_path() / ("available_memory_test." + std::to_string(getpid()))} {
    fs::remove_all(root_);
    write("proc/meminfo", "MemTotal:       2000 kB\nMemFree:         100 kB\nMemAvailable:   1000 kB\n");
  }
  ~AvailableMemory() override { fs::remove_all(root_); }

  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream{root_ / file} << text;
  }
  [[nodiscard]] std::uint64_t available() const { return available_memory(root_).value; }
  [[nodiscard]] std::uint64_t room() const { return room_of_process(root_).value; }

 private:
  fs::path root_;
};

constexpr std::uint64_t of_the_kernel = 1'024'000;

TEST_F(AvailableMemory, KernelAlone) { EXPECT_EQ(available(), of_the_kernel); }

TEST_F(AvailableMemory, UnlimitedGroup) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  write("sys/fs/cgroup/memory.current", "5000\n");
  EXPECT_EQ(available(), of_the_kernel);
}

TEST_F(AvailableMemory, GroupOfAContainer) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "10000\n");
  write("sys/fs/cgroup/memory.current", "4000\n");
  EXPECT_EQ(available(), 6000U);
  write("sys/fs/cgroup/memory.stat", "anon 2500\nfile 1500\ninactive_file 1000\n");
  EXPECT_EQ(available(), 7000U) << "page cache is given back on demand";
}

TEST_F(AvailableMemory, TightestGroupOfAJob) {
  write("proc/self/cgroup", "0::/slurm/job/step\n");
  write("sys/fs/cgroup/slurm/memory.max", "90000\n");
  write("sys/fs/cgroup/slurm/memory.current", "1\n");
  write("sys/fs/cgroup/slurm/job/memory.max", "9000\n");
  write("sys/fs/cgroup/slurm/job/memory.current", "2000\n");
  write("sys/fs/cgroup/slurm/job/step/memory.max", "max\n");
  write("sys/fs/cgroup/slurm/job/step/memory.current", "2000\n");
  EXPECT_EQ(available(), 7000U);
}

TEST_F(AvailableMemory, FirstVersionOfGroups) {
  write("proc/self/cgroup", "3:cpuset:/\n4:memory:/job\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "123\n");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000\n");
  write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "4500\n");
  write("sys/fs/cgroup/memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 500\n");
  EXPECT_EQ(available(), 1000U);
}

TEST_F(AvailableMemory, GroupOverItsLimitHasNothingLeft) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "1000\n");
  write("sys/fs/cgroup/memory.current", "4000\n");
  EXPECT_EQ(available(), 0U);
}

TEST_F(AvailableMemory, LimitsOfTheProcess) {
  EXPECT_EQ(room(), ~std::uint64_t{0}) << "nothing is known";
  write("proc/self/status", "Name:\ta b\nVmPeak:\t  9000 kB\nVmSize:\t  3000 kB\nVmData:\t  500 kB\n");
  const std::string heading = "Limit                     Soft Limit           Hard Limit           Units     \n";
  const auto limits = [&](const std::string& data, const std::string& space) {
    write("proc/self/limits", heading + "Max data size             " + data + " unlimited bytes \n" +
                                  "Max address space         " + space + " unlimited bytes \n");
  };
  limits("unlimited", "unlimited");
  EXPECT_EQ(room(), ~std::uint64_t{0});
  limits("unlimited", "4096000");
  EXPECT_EQ(room(), 1000U * 1024);
  limits("600000", "4096000");
  EXPECT_EQ(room(), 600000U - 500 * 1024);
  limits("unlimited", "1000");
  EXPECT_EQ(room(), 0U) << "more is used than may be";
}

// The refusal is ours, before the system's: a request below what Linux would grant must not pass either.
TEST(HostMemory, RefusalNamesWhatIsAvailable) {
  const Bytes free = platform(DeviceKind::host).free_memory(0, 1);
  try {
    const Memory memory{Device{}, free * 2};
    FAIL() << "nothing was thrown";
  } catch (const OutOfMemory& error) {
    const std::string message{error.what()};
    EXPECT_NE(message.find(std::to_string((free * 2).value)), std::string::npos) << message;
    EXPECT_NE(message.find("available"), std::string::npos) << message;
  }
}

TEST(HostMemory, SharersGetTheirPart) {
  EXPECT_LT(platform(DeviceKind::host).free_memory(0, 16), platform(DeviceKind::host).free_memory(0, 1));
}

TEST(HostMemory, FreeIsLessThanTotal) {
  const DeviceProperties host = properties(Device{});
  EXPECT_FALSE(host.name.empty());
  EXPECT_GT(host.last_level_cache, Bytes{});
  EXPECT_GT(platform(DeviceKind::host).free_memory(0, 1), Bytes{});
  EXPECT_LE(platform(DeviceKind::host).free_memory(0, 1), host.memory);
}

}  // namespace
}  // namespace lanemark::test
