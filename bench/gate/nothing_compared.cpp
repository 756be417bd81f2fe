// SPDX-License-Identifier: MIT

#include "bench/gate/nothing_compared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "bench/text/characters.hpp"

namespace lanemark {
namespace {

std::string void_side(const std::vector<LaunchSummary>& launches, std::string_view side) {
  const LaunchSummary& first = launches.front();
  return fmt::format("no launch of the {} counts ({}: {}); measure again", side,
                     one_line(first.file.empty() ? first.launch : first.file), one_line(first.excluded));
}

bool none_counts(const std::vector<LaunchSummary>& launches) {
  return !launches.empty() && std::ranges::none_of(launches, &LaunchSummary::counts);
}

}  // namespace

std::string nothing_compared(const Judgement& judgement) {
  if (judgement.run.empty()) return "the run has no launch; measure again";
  if (none_counts(judgement.run)) return void_side(judgement.run, "run");
  if (none_counts(judgement.base)) return void_side(judgement.base, "base");
  const auto on_both_sides = [](const CaseVerdict& one) { return !one.base.empty() && !one.run.empty(); };
  const auto looked_at = [](const RuleVerdict& one) { return !one.name.empty(); };
  if (judgement.base.empty() || std::ranges::any_of(judgement.cases, on_both_sides) ||
      std::ranges::any_of(judgement.rules, looked_at)) {
    return {};
  }
  return fmt::format(
      "no case was measured on both sides, so nothing was compared ({} missing, {} without baseline); "
      "measure the cases that the base has, or add launches of these with lanemark baseline add",
      judgement.count(Outcome::missing), judgement.count(Outcome::no_baseline));
}

}  // namespace lanemark
