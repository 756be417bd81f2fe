// SPDX-License-Identifier: MIT

#include "bench/gate/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "bench/record/same_build.hpp"
#include "bench/statistics/shift.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

void require_one_build(const Evidence& evidence) {
  std::set<std::string> commits;
  for (const LaunchSummary& launch : evidence.launches) {
    if (launch.counts()) commits.insert(commit_of(launch.versions));
  }
  if (commits.empty() || (commits.size() == 1 && identifies_build(*commits.begin()))) return;
  throw UsageError(fmt::format("a calibration compares a build with itself, but these launches are of {}; {}",
                               shown(fmt::format("{}", fmt::join(commits, ", "))),
                               commits.size() > 1 ? "give those of one commit" : no_commit_cure));
}

/// Of one case's launches in order, each window with each later one.
NoiseFloor floor_of(std::span<const double> launches, std::size_t window, double margin) {
  NoiseFloor floor;
  for (std::size_t first = 0; first + 2 * window <= launches.size(); ++first) {
    for (std::size_t second = first + window; second + window <= launches.size(); ++second) {
      const Shift shift = relative_shift(launches.subspan(first, window), launches.subspan(second, window));
      floor.change = std::max(floor.change, margin * std::expm1(log_size(shift.change)));
      ++floor.comparisons;
    }
  }
  return floor;
}

}  // namespace

NoiseFloors noise_floors(const Evidence& evidence, const CalibrationOptions& options) {
  constexpr std::size_t fewest = 4;
  require_one_build(evidence);
  if (evidence.counted() < fewest) {
    throw UsageError(fmt::format("a calibration needs at least {} launches that count, better 40; there are {}", fewest,
                                 evidence.counted()));
  }
  NoiseFloors floors;
  const auto times = evidence.values.find("time");
  const std::map<std::string, CaseValues> none;
  for (const auto& [title, values] : times == evidence.values.end() ? none : times->second) {
    const std::vector<double> all = values.values();
    const bool positive = std::ranges::all_of(all, [](double value) { return value > 0; });
    const std::size_t window = std::min(options.launches, all.size() / 2);
    if (window < fewest / 2 || !positive) continue;
    NoiseFloor floor = floor_of(all, window, options.margin);
    floor.of_class = case_class(evidence.cases.at(title));
    floor.steady = all.size() >= 3 * options.launches;
    floors.set(title, floor);
  }
  if (floors.empty()) {
    throw UsageError("a calibration compares the times of cases, and no case has enough of them in these launches");
  }
  return floors;
}

}  // namespace lanemark
