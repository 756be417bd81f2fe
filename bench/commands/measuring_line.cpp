// SPDX-License-Identifier: MIT

#include "bench/commands/measuring_line.hpp"

#include <algorithm>
#include <iterator>

#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

std::vector<ChosenSuite> make_suites() {
  std::vector<ChosenSuite> suites;
  for (const SuiteEntry* entry : Registry<SuiteEntry>::all())
    suites.push_back({.entry = entry, .suite = entry->make()});
  std::ranges::sort(suites, {}, [](const ChosenSuite& one) { return one.entry->order; });
  return suites;
}

}  // namespace

MeasuringLine::MeasuringLine(Purpose what_for) : purpose{what_for}, suites{make_suites()} {}

bool MeasuringLine::has(std::string_view flag) const {
  return std::ranges::find(given, flag, &GivenFlag::name) != given.end();
}

bool asks_for_launches(const MeasuringOptions& options) {
  if (!options.launches) return false;
  return *options.launches != 1 || !options.other_build.empty() || options.processes != 0 ||
         !options.launch_timeout.empty();
}

LaunchCommand launch_command(const MeasuringLine& line) {
  const MeasuringOptions& options = line.options;
  std::vector<std::string> suites;
  for (const std::string& suite : options.suites) {
    if (std::ranges::find(suites, suite) == suites.end()) suites.push_back(suite);
  }
  LaunchCommand command{
      .name = line.purpose == Purpose::quick ? "quick" : "run", .suites = std::move(suites), .flags = line.given};
  std::ranges::copy(options.google_benchmark.given, std::back_inserter(command.flags));
  command = without(std::move(command), [](const GivenFlag& one) { return one.use == FlagUse::launches; });
  // It has two flags.
  return with_filter(std::move(command), options.google_benchmark.filter);
}

}  // namespace lanemark
