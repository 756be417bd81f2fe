// SPDX-License-Identifier: MIT

#include "bench/machine/processor_source.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

#include "tests/bench/record/temporary_folder.hpp"

namespace lanemark {
namespace {

class ProcessorSourceTest : public testing::Test {
 protected:
  void write(const std::filesystem::path& path, std::string_view text) const {
    std::filesystem::create_directories((root() / path).parent_path());
    std::ofstream{root() / path} << text << '\n';
  }
  [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }
  [[nodiscard]] ProcessorReading read(std::initializer_list<std::size_t> processors) const {
    ProcessorSet set;
    for (const std::size_t one : processors) set.set(one);
    return SystemProcessors{root()}.read(set);
  }
  [[nodiscard]] static double ticks(Seconds time) { return time.count() * static_cast<double>(::sysconf(_SC_CLK_TCK)); }

 private:
  TemporaryFolder folder_;
};

TEST_F(ProcessorSourceTest, CountsTheProcessorsAskedForAndNoOthers) {
  write("proc/stat",
        "cpu  111 222 333 444 0 0 0 55 0 0\n"
        "cpu0 10 1 100 5000 7 8 9 3 0 0\n"
        "cpu1 20 2 200 5000 7 8 9 4 0 0\n"
        "cpu10 40 4 400 5000 7 8 9 5 0 0\n"
        "intr 12345\n");
  EXPECT_DOUBLE_EQ(ticks(read({0}).busy), 111);
  EXPECT_DOUBLE_EQ(ticks(read({1}).busy), 222);
  EXPECT_DOUBLE_EQ(ticks(read({0, 10}).busy), 111 + 444);
  EXPECT_DOUBLE_EQ(ticks(read({0, 10}).stolen), 3 + 5);
  EXPECT_DOUBLE_EQ(ticks(read({}).busy), 0);
}

TEST_F(ProcessorSourceTest, ReadsPressureLoadAndPauses) {
  write("proc/pressure/cpu",
        "some avg10=0.02 avg60=0.56 avg300=0.80 total=5529982\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0");
  write("proc/loadavg", "1.99 1.07 0.44 3/93 5160");
  write("proc/self/cgroup", "0::/outer/inner");
  write("sys/fs/cgroup/outer/inner/cpu.stat", "usage_usec 9\nnr_throttled 3\nthrottled_usec 250000");
  write("sys/fs/cgroup/outer/cpu.stat", "throttled_usec 500000");
  const ProcessorReading reading = read({0});
  EXPECT_DOUBLE_EQ(reading.waited.count(), 5.529982);
  EXPECT_DOUBLE_EQ(reading.load, 1.99);
  EXPECT_DOUBLE_EQ(reading.paused.count(), 0.5);
}

TEST_F(ProcessorSourceTest, Version1CountsPausesInNanoseconds) {
  write("proc/self/cgroup", "4:cpu,cpuacct:/box");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 750000000");
  EXPECT_DOUBLE_EQ(read({0}).paused.count(), 0.75);
}

TEST_F(ProcessorSourceTest, ASystemThatTellsNothingIsNoTrouble) {
  write("proc/stat", "cpu0 broken\ncpu1\ncpu");
  write("proc/pressure/cpu", "some total=many");
  write("proc/loadavg", "");
  const ProcessorReading reading = read({0, 1});
  EXPECT_EQ(reading.busy, Seconds{0});
  EXPECT_EQ(reading.waited, Seconds{0});
  EXPECT_EQ(reading.load, 0);
}

TEST(SystemProcessors, KnowThisProcess) {
  SystemProcessors source;
  const ProcessorSet allowed = source.allowed();
  EXPECT_TRUE(allowed.any());
  const ProcessorReading before = source.read(allowed);
  volatile std::uint64_t work = 0;
  while (source.read(allowed).own - before.own < Seconds{0.01}) work = work + 1;
  const ProcessorReading after = source.read(allowed);
  EXPECT_GT(after.at, before.at);
  EXPECT_GE(after.busy, before.busy);
}

}  // namespace
}  // namespace lanemark
