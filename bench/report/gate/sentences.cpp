// SPDX-License-Identifier: MIT

#include "bench/report/gate/sentences.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "bench/report/gate/verdict_figures.hpp"

namespace lanemark {
namespace {

struct Word {
  Outcome outcome;
  std::string_view text;
};
constexpr std::array<Word, 7> words{{{Outcome::wrong_data, "wrong data"},
                                     {Outcome::regressed, "regressed"},
                                     {Outcome::inconclusive, "inconclusive"},
                                     {Outcome::no_baseline, "without baseline"},
                                     {Outcome::missing, "missing"},
                                     {Outcome::improved, "improved"},
                                     {Outcome::same, "same"}}};

std::string side_evidence(const std::vector<LaunchSummary>& all) {
  const auto excluded = std::ranges::count(all, false, &LaunchSummary::counts);
  std::string text = counted(all.size(), "launch", "launches");
  if (excluded > 0) text += fmt::format(", {} of them excluded", excluded);
  return text;
}

/// "4 more launches of the base, 7 more of the run".
std::string more_launches(const CaseVerdict& verdict) {
  std::vector<std::string> parts;
  for (const Side side : {Side::base, Side::run}) {
    const std::size_t have = shown_values(verdict, side).size();
    const std::size_t needed = launches_needed(verdict, side).value_or(0);
    if (needed <= have) continue;
    const std::string_view launches = !parts.empty() ? "" : needed - have == 1 ? " launch" : " launches";
    parts.push_back(fmt::format("{} more{} of the {}", needed - have, launches, name(side)));
  }
  return fmt::format("{}", fmt::join(parts, " and "));
}

std::string cannot_tell(const CaseVerdict& verdict) {
  if (!verdict.detectable && !verdict.detail.empty()) return verdict.detail;
  std::string text = verdict.detectable
                         ? fmt::format("could have shown a change of {} or more", share_figure(*verdict.detectable))
                         : "so few launches could not have shown any change";
  const std::string more = more_launches(verdict);
  return more.empty() ? text : fmt::format("{}; {} would decide it, if the change is what it seems", text, more);
}

/// A line for each launch of which that is said.
std::vector<std::string> launches_with(const Judgement& judgement, std::string LaunchSummary::*what) {
  std::vector<std::string> lines;
  for (const Side side : {Side::base, Side::run}) {
    for (const LaunchSummary& one : launches(judgement, side)) {
      if ((one.*what).empty()) continue;
      const std::string file = one.file.empty() ? "" : fmt::format(" ({})", one.file);
      lines.push_back(fmt::format("{} launch {}{}: {}", name(side), one.launch, file, one.*what));
    }
  }
  return lines;
}

}  // namespace

std::string counted(std::size_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

bool flagged(const CaseVerdict& verdict) {
  return verdict.outcome == Outcome::wrong_data || verdict.outcome == Outcome::regressed;
}

std::size_t failed_rules(const Judgement& judgement) {
  return static_cast<std::size_t>(std::ranges::count(judgement.rules, false, &RuleVerdict::passed));
}

std::string overall(const Judgement& judgement) {
  for (const Word& word : words) {
    if (word.outcome == Outcome::inconclusive && failed_rules(judgement) > 0) return "RULE FAILED";
    if (judgement.count(word.outcome) > 0) return std::string{name(word.outcome)};
  }
  return judgement.rules.empty() ? "NOTHING COMPARED" : "RULES PASSED";
}

std::string headline(const Judgement& judgement) {
  std::vector<std::string> counts;
  for (const Word& word : words) {
    if (const std::size_t count = judgement.count(word.outcome); count > 0) {
      counts.push_back(fmt::format("{} {}", count, word.text));
    }
  }
  std::string text = overall(judgement);
  if (!counts.empty()) text += fmt::format(": {}", fmt::join(counts, ", "));
  if (judgement.rules.empty()) return text;
  return fmt::format("{}{} {} of {} failed", text, counts.empty() ? ":" : ";", failed_rules(judgement),
                     counted(judgement.rules.size(), "rule", "rules"));
}

std::string machine(const Judgement& judgement) {
  const Fingerprint& of = judgement.fingerprint;
  std::vector<std::string> parts;
  if (of.gpus > 0) parts.push_back(fmt::format("{} x {}", of.gpus, of.gpu));
  if (!of.link.empty()) parts.push_back(of.link);
  parts.push_back(counted(static_cast<std::size_t>(of.nodes), "node", "nodes"));
  parts.push_back(counted(static_cast<std::size_t>(of.ranks_per_node), "rank", "ranks") + " a node");
  if (!of.cpu.empty()) parts.push_back(of.cpu);
  return fmt::format("{} (fingerprint {})", fmt::join(parts, ", "), judgement.fingerprint_id);
}

std::string evidence(const Judgement& judgement) {
  return fmt::format("Base: {}. Run: {}.", side_evidence(judgement.base), side_evidence(judgement.run));
}

std::size_t regressed_twice(const Judgement& judgement) {
  return static_cast<std::size_t>(std::ranges::count(judgement.cases, true, &CaseVerdict::twice));
}

std::string confirmation(const Judgement& judgement) {
  if (std::ranges::none_of(judgement.cases, flagged)) return {};
  if (!judgement.confirmed) return "Flagged cases were not run again.";
  const std::size_t regressed = judgement.count(Outcome::regressed);
  const std::size_t once = regressed - regressed_twice(judgement);
  if (once == 0) return "Regressions were run again: what is flagged as one here regressed twice.";
  return fmt::format("Regressions were run again: {} of the {} flagged here could not be, the others regressed twice.",
                     once, regressed);
}

std::string remark(const CaseVerdict& verdict) {
  if (verdict.outcome != Outcome::inconclusive) return verdict.detail;
  const bool both = verdict.detectable && !verdict.detail.empty();
  return both ? fmt::format("{}; {}", cannot_tell(verdict), verdict.detail) : cannot_tell(verdict);
}

std::vector<std::string> excluded_launches(const Judgement& judgement) {
  return launches_with(judgement, &LaunchSummary::excluded);
}

std::vector<std::string> accepted_launches(const Judgement& judgement) {
  return launches_with(judgement, &LaunchSummary::accepted);
}

std::string nearest_baseline(const Judgement& judgement) {
  if (!judgement.nearest) return {};
  return fmt::format("No baseline for this machine. The nearest is {}, which differs in {}",
                     judgement.nearest->fingerprint_id, fmt::join(judgement.nearest->differences, "; "));
}

}  // namespace lanemark
