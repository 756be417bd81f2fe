// SPDX-License-Identifier: MIT

#include "bench/launching/launch_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace lanemark {
namespace {

constexpr std::string_view filter_flag = "--filter";
constexpr std::string_view google_benchmark_flag = "--benchmark_";

}  // namespace

LaunchCommand with_filter(LaunchCommand command, const std::string& filter) {
  command = without(std::move(command), [](const GivenFlag& one) { return one.name == filter_flag; });
  if (filter.empty()) return command;
  command.flags.push_back({.name = std::string{filter_flag}, .values = {filter}, .use = FlagUse::measurement});
  return command;
}

std::vector<std::string> words(const LaunchCommand& command) {
  std::vector<std::string> all{command.name};
  all.insert(all.end(), command.suites.begin(), command.suites.end());
  for (const GivenFlag& flag : command.flags) {
    for (const std::string& value : flag.values) {
      const bool of_its_own = value.empty() && !flag.name.starts_with(google_benchmark_flag);
      all.push_back(fmt::format("{}{}{}", flag.name, of_its_own ? "" : "=", value));
      if (of_its_own) all.emplace_back();
    }
  }
  return all;
}

}  // namespace lanemark
