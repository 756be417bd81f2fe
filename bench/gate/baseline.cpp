// SPDX-License-Identifier: MIT

#include "bench/gate/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "bench/record/environment.hpp"
#include "bench/record/same_build.hpp"

namespace lanemark {
void add(Baseline& baseline, const Evidence& evidence) {
  Evidence& into = baseline.evidence;
  if (into.launches.empty() && into.fingerprint_id.empty()) {
    into.fingerprint = evidence.fingerprint;
    into.fingerprint_id = evidence.fingerprint_id;
  }
  std::vector<std::size_t> added;
  for (std::size_t i = 0; i < evidence.launches.size(); ++i) {
    const LaunchSummary& launch = evidence.launches[i];
    const bool known = std::ranges::find(into.launches, launch.launch, &LaunchSummary::launch) != into.launches.end();
    if (known || !launch.counts()) continue;
    added.push_back(i);
    into.launches.push_back(launch);
    into.launches.back().file.clear();
  }
  for (const auto& [metric, cases] : evidence.values) {
    for (const auto& [title, values] : cases) {
      const bool has_any = std::ranges::any_of(added, [&](std::size_t i) { return values.by_launch[i].has_value(); });
      if (!has_any) continue;
      CaseValues& mine = into.values[metric][title];
      mine.by_launch.resize(into.launches.size() - added.size());
      for (const std::size_t i : added) mine.by_launch.push_back(values.by_launch[i]);
      into.cases.try_emplace(title, evidence.cases.at(title));
    }
  }
  for (auto& [metric, cases] : into.values) {
    for (auto& [title, values] : cases) values.by_launch.resize(into.launches.size());
  }
}

namespace {

/// Those at these places, in this order, and what they measured.
void keep(Evidence& evidence, const std::vector<std::size_t>& places) {
  std::vector<LaunchSummary> kept;
  kept.reserve(places.size());
  for (const std::size_t i : places) kept.push_back(evidence.launches[i]);
  evidence.launches = std::move(kept);
  std::set<std::string> measured_still;
  for (auto& [metric, cases] : evidence.values) {
    for (auto& [title, values] : cases) {
      CaseValues left;
      left.by_launch.reserve(places.size());
      for (const std::size_t i : places) left.by_launch.push_back(values.by_launch[i]);
      values = std::move(left);
    }
    std::erase_if(cases, [](const auto& one) { return one.second.values().empty(); });
    for (const auto& [title, values] : cases) measured_still.insert(title);
  }
  std::erase_if(evidence.cases, [&](const auto& one) { return !measured_still.contains(one.first); });
}

}  // namespace

std::size_t leave_out(Baseline& baseline, const std::vector<LaunchSummary>& launches) {
  Evidence& evidence = baseline.evidence;
  std::set<std::string> ids;
  for (const LaunchSummary& one : launches) ids.insert(one.launch);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < evidence.launches.size(); ++i) {
    if (!ids.contains(evidence.launches[i].launch)) others.push_back(i);
  }
  const std::size_t dropped = evidence.launches.size() - others.size();
  if (dropped > 0) keep(evidence, others);
  return dropped;
}

void keep_latest(Baseline& baseline, std::size_t launches) {
  Evidence& evidence = baseline.evidence;
  // Launches lie in the order in which they were added; that of their start decides.
  std::vector<std::size_t> order(evidence.launches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return evidence.launches[i].started; });
  if (order.size() > launches) order.erase(order.begin(), order.end() - static_cast<std::ptrdiff_t>(launches));
  keep(evidence, order);
}

std::vector<std::string> changed_software(const std::vector<LaunchSummary>& before,
                                          const std::vector<LaunchSummary>& after) {
  const auto all_of = [](const std::vector<LaunchSummary>& launches) {
    std::map<std::string, std::set<std::string>> versions;
    for (const LaunchSummary& launch : launches) {
      for (const auto& [software, version] : launch.versions) versions[software].insert(version);
      for (const auto& [variable, value] : launch.environment) versions[variable].insert(value);
    }
    return versions;
  };
  if (before.empty() || after.empty()) return {};
  const auto old = all_of(before);
  const auto now = all_of(after);
  std::set<std::string> names;
  for (const auto* const versions : {&old, &now}) {
    for (const auto& [software, all] : *versions) names.insert(software);
  }
  const auto text = [](const auto& versions, const std::string& software) {
    const auto found = versions.find(software);
    if (found != versions.end()) return fmt::format("{}", fmt::join(found->second, ", "));
    return std::string{std::ranges::count(recordable_variables(), software) > 0 ? "not set" : "none"};
  };
  std::vector<std::string> changed;
  for (const std::string& software : names) {
    const std::string was = text(old, software);
    const std::string is = text(now, software);
    if (was != is) changed.push_back(fmt::format("{} {} -> {}", software, was, is));
    else if (software == "commit" && !std::ranges::all_of(now.at(software), identifies_build)) {
      changed.push_back(fmt::format("commit {} -> {}, which need not be one build", was, is));
    }
  }
  return changed;
}

}  // namespace lanemark
