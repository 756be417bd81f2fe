// SPDX-License-Identifier: MIT

#include "bench/machine/control_group.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <string_view>

namespace lanemark {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end == text.data() || value < 0) return std::nullopt;
  return value;
}

template <class T>
void tighten(std::optional<T>& limit, std::optional<T> other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

/// Version 1 writes "no limit" as a number close to 2^63.
std::optional<Bytes> memory(std::string_view text) {
  constexpr double unlimited = 4.0e18;
  const std::optional<double> value = number(text);
  if (!value || *value > unlimited) return std::nullopt;
  return Bytes{static_cast<std::uint64_t>(*value)};
}

std::optional<double> quota(std::string_view quota_text, std::string_view period_text) {
  const std::optional<double> part = number(quota_text);
  const std::optional<double> whole = number(period_text);
  if (!part || !whole || *part <= 0 || *whole <= 0) return std::nullopt;
  return *part / *whole;
}

void read_folder(const fs::path& folder, ControlGroupLimits& limits) {
  const std::string both = first_line(folder / "cpu.max");  // "max 100000" or "400000 100000"
  const auto blank = both.find(' ');
  if (blank != std::string::npos) {
    tighten(limits.cpus, quota(std::string_view{both}.substr(0, blank), std::string_view{both}.substr(blank + 1)));
  }
  tighten(limits.cpus, quota(first_line(folder / "cpu.cfs_quota_us"), first_line(folder / "cpu.cfs_period_us")));
  tighten(limits.memory, memory(first_line(folder / "memory.max")));
  tighten(limits.memory, memory(first_line(folder / "memory.limit_in_bytes")));
}

/// The value behind `key` in a file of lines "key value".
std::optional<double> value_of(const fs::path& path, std::string_view key) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ')
      return number(std::string_view{line}.substr(key.size() + 1));
  }
  return std::nullopt;
}

std::optional<Seconds> pauses(const fs::path& folder) {
  const fs::path statistics = folder / "cpu.stat";
  if (const auto microseconds = value_of(statistics, "throttled_usec")) return Seconds{*microseconds * 1e-6};
  if (const auto nanoseconds = value_of(statistics, "throttled_time")) return Seconds{*nanoseconds * 1e-9};
  return std::nullopt;
}

/// Calls `look` with the folders of the group and its parents, in each hierarchy that knows this process.
void for_each_folder(const fs::path& root, const std::function<void(const fs::path&)>& look) {
  const fs::path mount = root / "sys/fs/cgroup";
  const auto chain = [&](const fs::path& hierarchy, fs::path group) {
    for (;; group = group.parent_path()) {
      look(hierarchy / group.relative_path());
      if (!group.has_relative_path()) return;
    }
  };
  std::ifstream groups{root / "proc/self/cgroup"};  // "0::/path" or "4:cpu,cpuacct:/path"
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    chain(controllers.empty() ? mount : mount / controllers, line.substr(second + 1));
    if (controllers.find("cpu") != std::string::npos) chain(mount / "cpu", line.substr(second + 1));
  }
}

}  // namespace

ControlGroupLimits control_group_limits(const fs::path& root) {
  ControlGroupLimits limits;
  for_each_folder(root, [&](const fs::path& folder) { read_folder(folder, limits); });
  return limits;
}

std::optional<Seconds> control_group_pauses(const fs::path& root) {
  std::optional<Seconds> most;
  for_each_folder(root, [&](const fs::path& folder) {
    const std::optional<Seconds> here = pauses(folder);
    if (here && (!most || *here > *most)) most = here;
  });
  return most;
}

}  // namespace lanemark
