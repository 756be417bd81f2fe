// SPDX-License-Identifier: MIT

#include "bench/gate/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "bench/gate/enough_launches.hpp"
#include "bench/machine/ranges.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/statistics/detectable_change.hpp"
#include "bench/statistics/false_discovery.hpp"
#include "bench/statistics/power.hpp"
#include "bench/statistics/rank_test.hpp"

namespace lanemark {
namespace {

bool is_worse(const Metric& metric, double change) { return metric.better == Better::less ? change > 0 : change < 0; }

/// Skipped wherever it was planned, or not there at all.
bool says_nothing(const CaseValues* values) {
  return values == nullptr || (values->wrong.empty() && !values->skipped.empty() && values->values().empty());
}

/// The first, and how many more there are.
std::string first_of(const std::vector<std::string>& wrong) {
  const std::size_t more = wrong.size() - 1;
  if (more == 0) return wrong.front();
  return wrong.front() + " (and in " + std::to_string(more) + (more == 1 ? " more launch)" : " more launches)");
}

void take(const CaseValues& values, std::vector<double>& numbers, std::vector<std::uint32_t>& launches) {
  for (std::size_t i = 0; i < values.by_launch.size(); ++i) {
    if (!values.by_launch[i]) continue;
    numbers.push_back(*values.by_launch[i]);
    launches.push_back(static_cast<std::uint32_t>(i));
  }
}

/// Everything but the verdict, which needs all cases' p-values.
CaseVerdict compare(const std::string& name, const Metric& metric, const CaseValues* base, const CaseValues* run,
                    double alpha) {
  CaseVerdict verdict{.name = name, .metric = &metric};
  if (base != nullptr) take(*base, verdict.base, verdict.base_launches);
  if (run != nullptr) take(*run, verdict.run, verdict.run_launches);
  if (run != nullptr && !run->wrong.empty()) {
    verdict.outcome = Outcome::wrong_data;
    verdict.detail = first_of(run->wrong);
  } else if (base != nullptr && !base->wrong.empty()) {
    verdict.outcome = Outcome::wrong_data;
    verdict.detail = "in the base, " + first_of(base->wrong);
  } else if (verdict.base.empty()) {
    verdict.outcome = Outcome::no_baseline;
    if (verdict.run.empty()) verdict.detail = "only launches that do not count measured it";
  } else if (verdict.run.empty()) {
    verdict.outcome = Outcome::missing;
    verdict.detail = "the baseline has it, no launch that counts measured it";
    if (run != nullptr && !run->skipped.empty()) verdict.detail = "skipped: " + run->skipped;
  } else {
    const auto zero = [](double value) { return value == 0; };
    if (std::ranges::all_of(verdict.base, zero) && std::ranges::all_of(verdict.run, zero)) {
      verdict.outcome = Outcome::same;
      verdict.detail = "0 on both sides";
      return verdict;
    }
    verdict.shift = relative_shift(verdict.base, verdict.run, 1 - alpha);
    verdict.p = rank_test(verdict.base, verdict.run).p;
  }
  return verdict;
}

/// Whether it is undecided by launches that know what they could have shown.
bool leaves_open(const CaseVerdict& verdict) {
  return verdict.outcome == Outcome::inconclusive && verdict.detail.empty() &&
         verdict.base.size() + verdict.run.size() >= 3;
}

/// Significant at this p, and by more than the threshold.
bool changes(const CaseVerdict& verdict, double p, const GateOptions& options) {
  constexpr double rounding = 1e-12;
  return p <= options.alpha * (1 + rounding) && log_size(verdict.shift->change) > std::log1p(verdict.threshold);
}

void decide(CaseVerdict& verdict, const GateOptions& options, const PowerGoal& goal, EnoughLaunches& enough) {
  const Shift& shift = *verdict.shift;
  const double threshold = std::log1p(verdict.threshold);
  if (changes(verdict, verdict.adjusted_p, options)) {
    verdict.outcome = is_worse(*verdict.metric, shift.change) ? Outcome::regressed : Outcome::improved;
  } else if (shift.bounded && std::max(log_size(shift.low), log_size(shift.high)) <= threshold) {
    verdict.outcome = Outcome::same;
  } else {
    verdict.outcome = Outcome::inconclusive;
    if (verdict.base.size() + verdict.run.size() < 3) {
      const std::size_t least = least_launches(goal.alpha);
      verdict.needed = LaunchesNeeded{least, least};
      return;
    }
    const auto zero = [](double value) { return value == 0; };
    if (std::ranges::any_of(verdict.base, zero) || std::ranges::any_of(verdict.run, zero)) {
      verdict.detail = "some values are 0, so that what these launches could have shown cannot be said";
      return;
    }
    verdict.needed = enough.to_decide(verdict);
  }
}

/// Of a metric, the cases on either side.
std::set<std::string> names_of(const std::string& metric, const Evidence* base, const Evidence& run) {
  std::set<std::string> names;
  for (const Evidence* evidence : {base, &run}) {
    if (evidence == nullptr) continue;
    const auto found = evidence->values.find(metric);
    if (found == evidence->values.end()) continue;
    for (const auto& [name, values] : found->second) names.insert(name);
  }
  return names;
}

const CaseValues* find(const Evidence* evidence, const std::string& metric, const std::string& name) {
  if (evidence == nullptr) return nullptr;
  const auto of_metric = evidence->values.find(metric);
  if (of_metric == evidence->values.end()) return nullptr;
  const auto of_case = of_metric->second.find(name);
  return of_case == of_metric->second.end() ? nullptr : &of_case->second;
}

}  // namespace

bool regresses_alone(const CaseVerdict& verdict, const GateOptions& options) {
  return verdict.shift && changes(verdict, verdict.p, options) && is_worse(*verdict.metric, verdict.shift->change);
}

void worst_first(std::vector<CaseVerdict>& cases) {
  std::ranges::stable_sort(cases, [](const CaseVerdict& a, const CaseVerdict& b) {
    if (a.outcome != b.outcome) return a.outcome < b.outcome;
    const auto size = [](const CaseVerdict& one) { return one.shift ? std::abs(one.shift->change) : 0; };
    return size(a) > size(b);
  });
}

double usual_effect(const Fingerprint& machine, bool calibrated) {
  constexpr double of_interest = 0.02;
  constexpr double drift_of_hosts = 0.05;
  return machine.gpus == 0 && !calibrated ? drift_of_hosts : of_interest;
}

Judgement judge(const Baseline* base, const Evidence& run, const GateOptions& options) {
  Judgement judgement{.fingerprint = run.fingerprint,
                      .fingerprint_id = run.fingerprint_id,
                      .base = {},
                      .run = run.launches,
                      .changed = {},
                      .cases = {},
                      .rules = {},
                      .nearest = {},
                      .options = options};
  const Evidence* const before = base == nullptr ? nullptr : &base->evidence;
  if (before != nullptr) {
    judgement.base = before->launches;
    judgement.changed = changed_software(before->launches, run.launches);
  }
  std::vector<double> p_values;
  for (const auto& [metric_name, cases] : run.values) {
    const Metric& of = metric(metric_name);
    for (const std::string& title : names_of(metric_name, before, run)) {
      const CaseValues* const of_base = find(before, metric_name, title);
      const CaseValues* const of_run = find(&run, metric_name, title);
      if (says_nothing(of_base) && says_nothing(of_run)) continue;
      CaseVerdict verdict = compare(title, of, of_base, of_run, options.alpha);
      const bool varies_as_times_do = of.unit != "B";
      if (base != nullptr && varies_as_times_do && run.cases.contains(title)) {
        const NoiseFloor* const floor = base->noise.find(run.cases.at(title));
        verdict.calibrated = floor != nullptr;
        if (floor != nullptr) verdict.threshold = floor->change;
      }
      verdict.threshold = std::max(verdict.threshold, options.minimum_effect.value_or(usual_effect(
                                                          run.fingerprint, verdict.calibrated || !varies_as_times_do)));
      if (verdict.shift) p_values.push_back(verdict.p);
      judgement.cases.push_back(std::move(verdict));
    }
  }
  const std::vector<double> adjusted = adjusted_for_false_discovery(p_values);
  const std::size_t compared = std::max<std::size_t>(1, p_values.size());
  const PowerGoal goal{.alpha = alpha_among(options.alpha, compared), .power = options.power};
  EnoughLaunches enough{goal, 1 - options.alpha};
  std::size_t next = 0;
  std::vector<CaseVerdict*> open;
  for (CaseVerdict& verdict : judgement.cases) {
    if (!verdict.shift) continue;
    verdict.adjusted_p = adjusted[next++];
    decide(verdict, options, goal, enough);
    if (leaves_open(verdict)) open.push_back(&verdict);
  }
  for_ranges(open.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      open[i]->detectable = detectable_change(open[i]->base, open[i]->run, open[i]->threshold, goal);
    }
  });
  worst_first(judgement.cases);
  return judgement;
}

ExitCode exit_code(const Judgement& judgement, bool strict) {
  const bool rule_failed = std::ranges::any_of(judgement.rules, [](const RuleVerdict& rule) { return !rule.passed; });
  if (judgement.count(Outcome::wrong_data) > 0) return ExitCode::wrong_data;
  if (judgement.count(Outcome::regressed) > 0 || rule_failed) return ExitCode::regression;
  const std::size_t open = judgement.count(Outcome::inconclusive) + judgement.count(Outcome::no_baseline) +
                           judgement.count(Outcome::missing);
  return strict && open > 0 ? ExitCode::undecided : ExitCode::ok;
}

std::size_t Judgement::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(cases, outcome, &CaseVerdict::outcome));
}

}  // namespace lanemark
