#include "bench/gate/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include "bench/ranges.hpp"
#include "bench/statistics/detectable_change.hpp"
#include "bench/statistics/false_discovery.hpp"
#include "bench/statistics/normal.hpp"
#include "bench/statistics/power.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/statistics/rank_test.hpp"

namespace lanemark {
namespace {

constexpr std::array<std::string_view, 7> outcome_names{"WRONG DATA", "REGRESSED", "INCONCLUSIVE", "NO BASELINE",
                                                        "MISSING",    "IMPROVED",  "SAME"};

/// How much the launches of each side vary about their own middle.
double spread_within(const CaseVerdict& verdict) {
  std::vector<double> about_one;
  for (const std::vector<double>* side : {&verdict.base, &verdict.run}) {
    const double middle = std::log(median(*side));
    constexpr double most = 300;  // beyond, it is no double
    for (const double value : *side) about_one.push_back(std::exp(std::clamp(std::log(value) - middle, -most, most)));
  }
  // Each side's middle was fitted to it, which draws its launches nearer than they are.
  const auto launches = static_cast<double>(about_one.size());
  return log_spread(about_one) * std::sqrt(launches / std::max(1.0, launches - 2));
}

/// What a comparison's launches can show: the same for many cases, as only a change's ratio to the spread matters.
class Power {
 public:
  Power(const PowerGoal& goal, double confidence)
      : goal_{goal}, confidence_{confidence}, least_to_bound_{least_launches(1 - confidence)} {}

  /// Enough for a change of the size that it seems to have to be called, or, where that is no change of interest, for
  /// its interval to lie within the threshold.
  std::optional<LaunchesNeeded> to_decide(const CaseVerdict& verdict, double spread) {
    const std::size_t base = verdict.base.size();
    const std::size_t run = verdict.run.size();
    const double change = log_size(verdict.shift->change);
    const double threshold = std::log1p(verdict.threshold);
    const bool calls_change = change > threshold;
    // Of an interval both ends must lie within.
    const double deviations = calls_change
                                  ? normal_quantile(goal_.power)
                                  : normal_quantile((1 + goal_.power) / 2) + normal_quantile((1 + confidence_) / 2);
    // The estimate's variance is pi / 3 (1 / base + 1 / run) spread^2 (Hodges and Lehmann 1963).
    const double error = (change - threshold) / (deviations * spread);
    const double inverses = 3 / std::numbers::pi * error * error;  // 1 / base + 1 / run, at most
    const double distance = change / spread;
    std::optional<std::size_t> of_run = above(1 / (inverses - 1 / static_cast<double>(base)));
    std::optional<std::size_t> of_each = above(2 / inverses);
    if (of_run) of_run = larger(*of_run, calls_change ? to_see(base, distance) : to_bound(base));
    if (of_each) of_each = larger(*of_each, calls_change ? to_see_alike(distance) : std::optional{least_to_bound_});
    // As many as there are did not decide it.
    if (of_run) of_run = std::max(*of_run, run + 1);
    if (of_each) of_each = std::max({*of_each, base, run, base == run ? run + 1 : 0});
    if (of_run && (!of_each || *of_run - run <= 2 * *of_each - base - run)) return LaunchesNeeded{base, *of_run};
    return of_each ? std::optional{LaunchesNeeded{*of_each, *of_each}} : std::nullopt;
  }

 private:
  using Number = std::optional<std::size_t>;

  /// Nothing where it is not positive, or more than anybody will start.
  static Number above(double needed) {
    constexpr double most = 10'000;
    return needed > 0 && needed < most ? Number{static_cast<std::size_t>(std::ceil(needed))} : std::nullopt;
  }
  static Number larger(std::size_t one, const Number& other) {
    return other ? Number{std::max(one, *other)} : std::nullopt;
  }

  /// Of a change of so many spreads, to the next lower step of 5 %.
  static int step_of(double distance) {
    constexpr double closest = 1e-3;
    constexpr double farthest = 1e2;
    return static_cast<int>(std::floor(std::log(std::clamp(distance, closest, farthest)) / std::log(step)));
  }
  static double change_of(int number) { return std::expm1(std::pow(step, number)); }

  Number to_see_alike(double distance) {
    const int number = step_of(distance);
    const auto found = alike_.find(number);
    if (found != alike_.end()) return found->second;
    return alike_.emplace(number, launches_needed(change_of(number), 1, goal_)).first->second;
  }
  Number to_see(std::size_t base, double distance) {
    const std::pair key{base, step_of(distance)};
    const auto found = against_.find(key);
    if (found != against_.end()) return found->second;
    return against_.emplace(key, launches_needed_against(base, change_of(key.second), 1, goal_)).first->second;
  }
  /// For the interval to be bounded at all.
  Number to_bound(std::size_t base) {
    const auto found = bounding_.find(base);
    if (found != bounding_.end()) return found->second;
    constexpr double any = 1e3;
    const PowerGoal sees_all{.alpha = 1 - confidence_, .power = goal_.power};
    return bounding_.emplace(base, launches_needed_against(base, any, 1e-3, sees_all)).first->second;
  }

  static constexpr double step = 1.05;
  PowerGoal goal_;
  double confidence_;
  std::size_t least_to_bound_;
  std::map<int, Number> alike_;
  std::map<std::pair<std::size_t, int>, Number> against_;
  std::map<std::size_t, Number> bounding_;
};

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

void decide(CaseVerdict& verdict, const GateOptions& options, const PowerGoal& goal, Power& power) {
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
    verdict.needed = power.to_decide(verdict, spread_within(verdict));
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

std::string_view name(Outcome outcome) { return outcome_names.at(static_cast<std::size_t>(outcome)); }

std::size_t Judgement::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(cases, outcome, &CaseVerdict::outcome));
}

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
  Power power{goal, 1 - options.alpha};
  std::size_t next = 0;
  std::vector<CaseVerdict*> open;
  for (CaseVerdict& verdict : judgement.cases) {
    if (!verdict.shift) continue;
    verdict.adjusted_p = adjusted[next++];
    decide(verdict, options, goal, power);
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

}  // namespace lanemark
