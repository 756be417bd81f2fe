// SPDX-License-Identifier: MIT

#include "bench/machine/processor_source.hpp"

#include <chrono>
#include <ctime>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/machine/control_group.hpp"
#include "bench/text/numbers.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

/// The columns of /proc/stat behind a processor's name, in ticks (proc(5)). What guests take is in `user` already.
struct Ticks {
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, soft_interrupts = 0, stolen = 0;
};

void read_times(const fs::path& root, const ProcessorSet& processors, ProcessorReading& reading) {
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  constexpr std::string_view mark = "cpu";
  std::ifstream file{root / "proc/stat"};
  for (std::string line; std::getline(file, line) && line.starts_with(mark);) {
    std::istringstream words{line.substr(mark.size())};
    std::string number;
    if (line[mark.size()] == ' ' || !(words >> number)) continue;  // all together
    const auto index = whole_number<std::size_t>(number);
    if (!index || *index >= processors.size() || !processors.test(*index)) continue;
    Ticks t;
    words >> t.user >> t.nice >> t.system >> t.idle >> t.waiting >> t.interrupts >> t.soft_interrupts >> t.stolen;
    reading.busy += Seconds{(t.user + t.nice + t.system) / per_second};
    reading.stolen += Seconds{t.stolen / per_second};
  }
}

/// "some avg10=0.00 avg60=0.00 avg300=0.00 total=123", in microseconds.
Seconds pressure(const fs::path& root) {
  std::ifstream file{root / "proc/pressure/cpu"};
  std::string line;
  std::getline(file, line);
  constexpr std::string_view mark = "total=";
  const auto at = line.find(mark);
  if (!line.starts_with("some ") || at == std::string::npos) return {};
  return Seconds{decimal_number(std::string_view{line}.substr(at + mark.size())).value_or(0) * 1e-6};
}

double load_average(const fs::path& root) {
  std::ifstream file{root / "proc/loadavg"};
  double value = 0;
  file >> value;
  return value;
}

Seconds own_time() {
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

ProcessorSet SystemProcessors::allowed() {
  ProcessorSet all;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return all;
  for (std::size_t i = 0; i < all.size(); ++i) all.set(i, CPU_ISSET(i, &allowed) != 0);
  return all;
}

std::optional<double> SystemProcessors::quota() { return control_group_limits(root_).cpus; }

ProcessorReading SystemProcessors::read(const ProcessorSet& processors) {
  ProcessorReading reading{};
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) reading.involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw);
  reading.waited = pressure(root_);
  reading.paused = control_group_pauses(root_).value_or(Seconds{0});
  reading.load = load_average(root_);
  reading.own = own_time();
  reading.at = std::chrono::steady_clock::now().time_since_epoch();
  read_times(root_, processors, reading);
  return reading;
}

}  // namespace lanemark
