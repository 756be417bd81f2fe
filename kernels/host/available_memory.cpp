// SPDX-License-Identifier: MIT

#include "kernels/host/available_memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace lanemark {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// The file's first number; nothing if there is no such file or it says "max".
std::optional<std::uint64_t> read_number(const fs::path& file) {
  std::ifstream in{file};
  std::uint64_t number = 0;
  if (in >> number) return number;
  return std::nullopt;
}

/// The number after `key` in a file of lines that begin with a word; 0 if absent.
std::uint64_t read_field(const fs::path& file, std::string_view key) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string word;
    std::uint64_t number = 0;
    if (words >> word && word == key) return words >> number ? number : 0;
  }
  return 0;
}

/// File names that one version of control groups uses.
struct Names {
  std::string_view limit, usage, reclaimable;
};
constexpr Names version_1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr Names version_2{"memory.max", "memory.current", "inactive_file"};

std::uint64_t left_in_group(const fs::path& group, const Names& names) {
  const auto limit = read_number(group / names.limit);
  const auto usage = read_number(group / names.usage);
  if (!limit || !usage) return unlimited;
  const std::uint64_t used = *usage - std::min(*usage, read_field(group / "memory.stat", names.reclaimable));
  return *limit - std::min(*limit, used);
}

/// The least of a group and all groups around it; those outside a container's view are not there.
std::uint64_t left_in_hierarchy(const fs::path& mount, fs::path group, const Names& names) {
  std::uint64_t least = left_in_group(mount, names);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path()) {
    least = std::min(least, left_in_group(mount / group, names));
  }
  return least;
}

std::uint64_t left_in_groups(const fs::path& root) {
  std::uint64_t least = unlimited;
  std::ifstream in{root / "proc/self/cgroup"};
  for (std::string line; std::getline(in, line);) {  // "hierarchy:controllers:path"
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, left_in_hierarchy(root / "sys/fs/cgroup", group, version_2));
    } else if (controllers == "memory") {
      least = std::min(least, left_in_hierarchy(root / "sys/fs/cgroup/memory", group, version_1));
    }
  }
  return least;
}

/// The soft limit in a line of /proc/self/limits: "Max data size             unlimited            unlimited   bytes".
std::uint64_t read_limit(const fs::path& file, std::string_view name) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    std::uint64_t number = 0;
    std::istringstream rest{line.substr(name.size())};
    return rest >> number ? number : unlimited;
  }
  return unlimited;
}

constexpr std::uint64_t kibibyte = 1024;

}  // namespace

Bytes room_of_process(const fs::path& root) {
  const auto left = [&](std::string_view limit, std::string_view used) {
    const std::uint64_t most = read_limit(root / "proc/self/limits", limit);
    return most == unlimited ? most : most - std::min(most, read_field(root / "proc/self/status", used) * kibibyte);
  };
  return Bytes{std::min(left("Max address space", "VmSize:"), left("Max data size", "VmData:"))};
}

Bytes available_memory(const fs::path& root) {
  const std::uint64_t kernel = read_field(root / "proc/meminfo", "MemAvailable:");
  return Bytes{std::min(kernel == 0 ? unlimited : kernel * kibibyte, left_in_groups(root))};
}

}  // namespace lanemark
