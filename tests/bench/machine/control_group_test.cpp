// SPDX-License-Identifier: MIT

#include "bench/machine/control_group.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/bench/record/temporary_folder.hpp"

namespace lanemark {
namespace {

class ControlGroup : public testing::Test {
 protected:
  void write(const std::filesystem::path& path, std::string_view text) const {
    std::filesystem::create_directories((root() / path).parent_path());
    std::ofstream{root() / path} << text << '\n';
  }
  [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST_F(ControlGroup, NothingThereIsNoLimit) {
  EXPECT_FALSE(control_group_limits(root()).cpus);
  EXPECT_FALSE(control_group_limits(root()).memory);
}

TEST_F(ControlGroup, Version2TakesTheTightestOfGroupAndParents) {
  write("proc/self/cgroup", "0::/outer/inner");
  write("sys/fs/cgroup/outer/cpu.max", "150000 100000");
  write("sys/fs/cgroup/outer/inner/cpu.max", "max 100000");
  write("sys/fs/cgroup/outer/memory.max", "8589934592");
  write("sys/fs/cgroup/outer/inner/memory.max", "4294967296");
  EXPECT_DOUBLE_EQ(control_group_limits(root()).cpus.value(), 1.5);
  EXPECT_EQ(control_group_limits(root()).memory.value(), gibibytes(4));
}

TEST_F(ControlGroup, Version2InsideAContainerSeesItsOwnRoot) {
  write("proc/self/cgroup", "0::/");
  write("sys/fs/cgroup/cpu.max", "400000 100000");
  EXPECT_DOUBLE_EQ(control_group_limits(root()).cpus.value(), 4);
}

TEST_F(ControlGroup, Version1) {
  write("proc/self/cgroup", "4:cpu,cpuacct:/box\n3:memory:/box");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "250000");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000");
  write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1073741824");
  EXPECT_DOUBLE_EQ(control_group_limits(root()).cpus.value(), 2.5);
  EXPECT_EQ(control_group_limits(root()).memory.value(), gibibytes(1));
}

TEST_F(ControlGroup, Version1WithoutLimits) {
  write("proc/self/cgroup", "4:cpu,cpuacct:/\n3:memory:/");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_FALSE(control_group_limits(root()).cpus);
  EXPECT_FALSE(control_group_limits(root()).memory);
}

}  // namespace
}  // namespace lanemark
