#include "kernels/host/available_memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
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

/// The number after `key` in a file of lines "key number …"; 0 if absent.
std::uint64_t read_field(const fs::path& file, std::string_view key) {
  std::ifstream in{file};
  std::string word;
  std::uint64_t number = 0;
  for (std::string rest; in >> word >> number; std::getline(in, rest)) {
    if (word == key) return number;
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

}  // namespace

Bytes available_memory(const fs::path& root) {
  constexpr std::uint64_t kibibyte = 1024;
  const std::uint64_t kernel = read_field(root / "proc/meminfo", "MemAvailable:");
  return Bytes{std::min(kernel == 0 ? unlimited : kernel * kibibyte, left_in_groups(root))};
}

}  // namespace lanemark
