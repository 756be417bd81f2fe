// SPDX-License-Identifier: MIT

#include "bench/report/gate/open_metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "bench/report/gate/output.hpp"
#include "bench/report/gate/sentences.hpp"
#include "bench/report/gate/verdict_figures.hpp"
#include "bench/text/escapes.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

/// Samples of one name, which must stand together.
class Family {
 public:
  /// `help` is short text without quotes and backslashes, which the two formats escape differently.
  Family(std::string name, std::string_view unit, std::string_view help) : name_{std::move(name)} {
    head_ = fmt::format("# TYPE {} gauge\n", name_);
    if (!unit.empty()) head_ += fmt::format("# UNIT {} {}\n", name_, unit);
    head_ += fmt::format("# HELP {} {}\n", name_, help);
  }

  /// Of several with the same labels the first counts: a second would make readers refuse the whole file.
  void add(const Labels& labels, double value) {
    std::string text;
    for (const auto& [key, content] : labels) {
      text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", key, label_value(content));
    }
    if (seen_.insert(text).second) samples_ += fmt::format("{}{{{}}} {}\n", name_, text, number(value));
  }

  [[nodiscard]] std::string text() const { return samples_.empty() ? "" : head_ + samples_; }

 private:
  std::string name_, head_, samples_;
  std::set<std::string> seen_;
};

/// How a metric's unit is called here. A name ends in its unit.
struct Unit {
  std::string_view of_metric;
  std::string_view name;
};
constexpr std::array<Unit, 6> units{{{"s", "seconds"},
                                     {"B/s", "bytes_per_second"},
                                     {"FLOP/s", "flops_per_second"},
                                     {"samples/s", "samples_per_second"},
                                     {"B", "bytes"},
                                     {"", "ratio"}}};

Labels with(Labels labels, std::string_view key, std::string_view value) {
  labels.emplace_back(key, value);
  return labels;
}

/// What sets a comparison apart from others on this machine, and the same one's on other machines.
Labels of_judgement(const Judgement& judgement) {
  Labels labels;
  if (!judgement.gate.empty()) labels.emplace_back("gate", judgement.gate);
  return with(std::move(labels), "fingerprint", judgement.fingerprint_id);
}

Labels of_case(const Judgement& judgement, const CaseVerdict& verdict) {
  return with(with(of_judgement(judgement), "case", verdict.name), "metric", metric_name(verdict));
}

/// Calls `each(judgement, verdict)` for all cases of all machines.
template <class Each>
void for_each_case(std::span<const Judgement> judgements, Each each) {
  for (const Judgement& judgement : judgements) {
    for (const CaseVerdict& verdict : judgement.cases) each(judgement, verdict);
  }
}

std::string medians(std::span<const Judgement> judgements, const Unit& unit) {
  Family family{fmt::format("lanemark_median_{}", unit.name), unit.name, "Median over launches of a metric of a case."};
  for_each_case(judgements, [&](const Judgement& judgement, const CaseVerdict& verdict) {
    if (verdict.metric == nullptr || verdict.metric->unit != unit.of_metric) return;
    for (const Side side : {Side::base, Side::run}) {
      const std::optional<double> median = median_of(shown_values(verdict, side));
      if (median) family.add(with(of_case(judgement, verdict), "side", name(side)), *median);
    }
  });
  return family.text();
}

std::string comparisons(std::span<const Judgement> judgements) {
  Family change{"lanemark_change_ratio", "ratio", "Change from base to run, relative, 0.1 is 10 % more."};
  Family low{"lanemark_change_low_ratio", "ratio", "Lower end of the interval of the change."};
  Family high{"lanemark_change_high_ratio", "ratio", "Upper end of the interval of the change."};
  Family p{"lanemark_adjusted_p", "", "Probability under no change, adjusted for the number of comparisons."};
  Family threshold{"lanemark_threshold_ratio", "ratio", "Change from which on a case counts as changed."};
  Family detectable{"lanemark_detectable_ratio", "ratio", "Smallest change that these launches could have shown."};
  for_each_case(judgements, [&](const Judgement& judgement, const CaseVerdict& verdict) {
    const Labels labels = of_case(judgement, verdict);
    if (verdict.detectable) detectable.add(labels, *verdict.detectable);
    const std::optional<Shift> shift = shown_shift(verdict);
    if (!shift) return;
    change.add(labels, shift->change);
    low.add(labels, shift->low);
    high.add(labels, shift->high);
    p.add(labels, verdict.adjusted_p);
    threshold.add(labels, verdict.threshold);
  });
  return change.text() + low.text() + high.text() + p.text() + threshold.text() + detectable.text();
}

std::string outcomes(std::span<const Judgement> judgements) {
  constexpr std::array all{Outcome::wrong_data, Outcome::regressed, Outcome::inconclusive, Outcome::no_baseline,
                           Outcome::missing,    Outcome::improved,  Outcome::same};
  Family outcome{"lanemark_case_outcome", "", "1 for what is said of a case, which the label outcome names."};
  for_each_case(judgements, [&](const Judgement& judgement, const CaseVerdict& verdict) {
    outcome.add(with(of_case(judgement, verdict), "outcome", name(verdict.outcome)), 1);
  });
  Family counts{"lanemark_cases", "", "Comparisons by their outcome."};
  for (const Judgement& judgement : judgements) {
    for (const Outcome one : all) {
      counts.add(with(of_judgement(judgement), "outcome", name(one)), static_cast<double>(judgement.count(one)));
    }
  }
  return outcome.text() + counts.text();
}

std::string rules_and_launches(std::span<const Judgement> judgements) {
  Family rules{"lanemark_rule_passed", "", "1 where an absolute rule holds, 0 where it does not."};
  Family counts{"lanemark_launches", "", "Launches, by whether they count."};
  Family confirmed{"lanemark_confirmed", "",
                   "1 where all that is flagged as a regression was run again and regressed twice."};
  for (const Judgement& judgement : judgements) {
    const Labels of = of_judgement(judgement);
    for (const RuleVerdict& rule : judgement.rules) {
      rules.add(with(with(of, "rule", rule.rule), "case", rule.name), rule.passed ? 1 : 0);
    }
    for (const Side side : {Side::base, Side::run}) {
      double excluded = 0;
      for (const LaunchSummary& one : launches(judgement, side)) excluded += one.counts() ? 0 : 1;
      const Labels of_side = with(of, "side", name(side));
      counts.add(with(of_side, "excluded", "false"), static_cast<double>(launches(judgement, side).size()) - excluded);
      counts.add(with(of_side, "excluded", "true"), excluded);
    }
    const bool all = regressed_twice(judgement) == judgement.count(Outcome::regressed);
    confirmed.add(of, judgement.confirmed && all ? 1 : 0);
  }
  return rules.text() + counts.text() + confirmed.text();
}

const Registered<GateOutput> open_metrics{{.name = "openmetrics",
                                           .what = "OpenMetrics, for node_exporter's textfile collector",
                                           .render = gate_open_metrics,
                                           .beside_others = true}};

}  // namespace

std::string gate_open_metrics(std::span<const Judgement> judgements) {
  std::string text;
  for (const Unit& unit : units) text += medians(judgements, unit);
  return text + comparisons(judgements) + outcomes(judgements) + rules_and_launches(judgements) + "# EOF\n";
}

}  // namespace lanemark
