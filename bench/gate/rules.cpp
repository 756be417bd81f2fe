// SPDX-License-Identifier: MIT

#include "bench/gate/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "bench/gate/rule_fields.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

template <class T>
bool related(const T& a, Relation relation, const T& b) {
  switch (relation) {
    case Relation::at_least: return a >= b;
    case Relation::at_most: return a <= b;
    case Relation::more: return a > b;
    case Relation::less: return a < b;
    case Relation::equal: return a == b;
    case Relation::different: break;
  }
  return a != b;
}

std::string_view words(Relation relation) {
  switch (relation) {
    case Relation::at_least: return "at least";
    case Relation::at_most: return "at most";
    case Relation::more: return "more than";
    case Relation::less: return "less than";
    case Relation::equal: return "exactly";
    case Relation::different: break;
  }
  return "anything but";
}

/// A measurement, and which of the cases it is of: those of one name on different devices, or by different ways, are
/// different cases.
struct Row {
  const Measurement* m;
  std::size_t which;
};
using Rows = std::vector<Row>;

Rows rows_of(std::span<const Measurement> measurements) {
  std::map<std::string, std::size_t> places;
  Rows rows;
  rows.reserve(measurements.size());
  for (const Measurement& m : measurements) {
    const std::string key = fmt::format("{}\n{}\n{}\n{}", m.what.suite, name(m.what), m.device, m.transport);
    rows.push_back({&m, places.try_emplace(key, places.size()).first->second});
  }
  return rows;
}

/// What was measured of one case, in the order of the measurements.
std::vector<Rows> by_case(const Rows& rows) {
  std::vector<Rows> cases;
  std::unordered_map<std::size_t, std::size_t> places;
  for (const Row& row : rows) {
    const auto place = places.try_emplace(row.which, cases.size());
    if (place.second) cases.emplace_back();
    cases[place.first->second].push_back(row);
  }
  return cases;
}

/// By launch: repetitions count up inside one, and start anew with the next.
std::vector<double> launch_values(const Rows& rows, const std::vector<double>& values) {
  std::vector<std::vector<double>> launches;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || rows[i].m->repetition <= rows[i - 1].m->repetition) launches.emplace_back();
    launches.back().push_back(values[i]);
  }
  std::vector<double> medians;
  medians.reserve(launches.size());
  for (std::vector<double>& launch : launches) medians.push_back(median(std::move(launch)));
  return medians;
}

std::string why_not(const Measurement& m, const Metric& metric) {
  if (m.verdict.kind == Verdict::Kind::wrong) {
    return fmt::format("wrong data{}{}", m.verdict.detail.empty() ? "" : ": ", m.verdict.detail);
  }
  if (!m.skipped.empty()) return fmt::format("skipped: {}", m.skipped);
  if (m.samples.empty()) return "no sample was taken";
  return fmt::format("has no {} ({}); leave such cases out with a condition", metric.name, metric.what);
}

/// "busbw 312.4 GB/s, at least 340.0 GB/s asked for (8.1 % off); median of 3 launches".
std::string comparison(const Rule& rule, double value, std::size_t launches, bool passed) {
  std::string text = fmt::format("{} {}, {} {} asked for", rule.metric->name, value_figure(*rule.metric, value),
                                 words(rule.relation), value_figure(*rule.metric, rule.bound));
  if (!passed && rule.bound != 0) text += fmt::format(" ({:.2g} % off)", 100 * std::abs(value / rule.bound - 1));
  if (launches > 1) text += fmt::format("; median of {} launches", launches);
  return text;
}

RuleVerdict judged(const Rule& rule, const Rows& rows) {
  RuleVerdict verdict{.rule = rule.name, .name = name(rows.front().m->what), .passed = false, .detail = {}};
  std::vector<double> values;
  for (const auto& [m, which] : rows) {
    const std::optional<double> value = presentable(*m) ? rule.metric->of(*m) : std::nullopt;
    if (!value || !std::isfinite(*value)) {
      verdict.detail = why_not(*m, *rule.metric);
      return verdict;
    }
    values.push_back(*value);
  }
  const std::vector<double> launches = launch_values(rows, values);
  const double value = median(launches);
  verdict.passed = related(value, rule.relation, rule.bound);
  verdict.detail = comparison(rule, value, launches.size(), verdict.passed);
  return verdict;
}

/// What the cases that came this far have where the condition asks for something else.
std::string eliminated(const Condition& condition, const Rows& before) {
  constexpr std::size_t most = 6;
  std::vector<std::string> seen;
  std::set<std::string> known;
  for (const auto& [m, which] : before) {
    std::string text = field_text(*m, condition.field);
    if (text.empty()) text = "none";
    if (known.insert(text).second) seen.push_back(shown(text));
  }
  const std::size_t more = seen.size() > most ? seen.size() - most : 0;
  seen.resize(seen.size() - more);
  return fmt::format("no case is left at {}: {} of the {} before it {} {}{}", in_quotes(condition.text),
                     condition.field, by_case(before).size(), by_case(before).size() == 1 ? "is" : "are",
                     fmt::join(seen, ", "), more == 0 ? "" : fmt::format(" and {} more", more));
}

RuleVerdict unmatched(const Rule& rule, std::string why) {
  if (!rule.required) why += "; the rule is not required";
  return {.rule = rule.name, .name = {}, .passed = !rule.required, .detail = std::move(why)};
}

/// Each rule speaks of each case, and a small file of rules of a large record would make gigabytes of words: the first
/// verdicts are kept whole, of the others the number.
class Verdicts {
 public:
  void add(RuleVerdict&& verdict) { kept(verdict.passed).push_back(std::move(verdict)); }
  /// Of one rule.
  void add(const Rule& rule, const std::vector<Rows>& cases) {
    constexpr std::size_t most = 20'000;
    for (const bool passed : {false, true}) counted_[passed] = 0;
    for (const Rows& one : cases) {
      RuleVerdict verdict = judged(rule, one);
      if (kept(verdict.passed).size() < most) add(std::move(verdict));
      else ++counted_[verdict.passed];
    }
    for (const bool passed : {false, true}) {
      if (counted_[passed] == 0) continue;
      add({.rule = rule.name,
           .name = {},
           .passed = passed,
           .detail = fmt::format("{} more cases {}; the first {} verdicts are told one by one", counted_[passed],
                                 passed ? "pass" : "fail", most)});
    }
  }
  /// The failed first.
  std::vector<RuleVerdict> all() {
    std::ranges::move(kept_[true], std::back_inserter(kept_[false]));
    return std::move(kept_[false]);
  }

 private:
  std::vector<RuleVerdict>& kept(bool passed) { return kept_[passed]; }

  std::array<std::vector<RuleVerdict>, 2> kept_;  ///< the failed, the passed
  std::array<std::size_t, 2> counted_{};
};

void judge_rule(const Rule& rule, const Rows& all, Verdicts& verdicts) {
  Rows rows = all;
  if (rows.empty()) return verdicts.add(unmatched(rule, "no case was measured"));
  for (const Condition& condition : rule.where) {
    Rows left;
    std::ranges::copy_if(rows, std::back_inserter(left), [&](const Row& row) { return holds(condition, *row.m); });
    if (left.empty()) return verdicts.add(unmatched(rule, eliminated(condition, rows)));
    rows = std::move(left);
  }
  verdicts.add(rule, by_case(rows));
}

}  // namespace

bool holds(const Condition& condition, const Measurement& m) {
  const std::string text = field_text(m, condition.field);
  if (condition.number) {
    const std::optional<double> number = number_or_size(text);
    if (number) return related(*number, condition.relation, *condition.number);
  }
  if (condition.relation == Relation::equal) return text == condition.value;
  return condition.relation == Relation::different && text != condition.value;
}

std::vector<RuleVerdict> evaluate(const Rules& rules, std::span<const Measurement> measurements) {
  constexpr std::size_t most_looks = 100'000'000;  // minutes
  if (measurements.size() > most_looks / std::max<std::size_t>(1, rules.rules.size())) {
    throw UsageError(
        fmt::format("{} rules for {} measurements would take hours; give fewer rules, or fewer cases by --filter",
                    rules.rules.size(), measurements.size()));
  }
  const Rows all = rows_of(measurements);
  Verdicts verdicts;
  for (const Rule& rule : rules.rules) judge_rule(rule, all, verdicts);
  return verdicts.all();
}

}  // namespace lanemark
