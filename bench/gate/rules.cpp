#include "bench/gate/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "bench/gate/rule_fields.hpp"
#include "bench/report/figures.hpp"
#include "bench/statistics/quantile.hpp"

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

using Rows = std::vector<const Measurement*>;

/// What was measured of one case, in the order of the measurements. Cases of one name on different devices, or by
/// different ways, are different cases.
std::vector<Rows> by_case(const Rows& rows) {
  std::vector<Rows> cases;
  std::map<std::string, std::size_t> places;
  for (const Measurement* m : rows) {
    const std::string key = fmt::format("{}\n{}\n{}\n{}", m->what.suite, name(m->what), m->device, m->transport);
    const auto place = places.try_emplace(key, cases.size());
    if (place.second) cases.emplace_back();
    cases[place.first->second].push_back(m);
  }
  return cases;
}

/// By launch: repetitions count up inside one, and start anew with the next.
std::vector<double> launch_values(const Rows& rows, const std::vector<double>& values) {
  std::vector<std::vector<double>> launches;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || rows[i]->repetition <= rows[i - 1]->repetition) launches.emplace_back();
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
  RuleVerdict verdict{.rule = rule.name, .name = name(rows.front()->what), .passed = false, .detail = {}};
  std::vector<double> values;
  for (const Measurement* m : rows) {
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
  for (const Measurement* m : before) {
    std::string text = field_text(*m, condition.field);
    if (text.empty()) text = "none";
    if (known.insert(text).second) seen.push_back(std::move(text));
  }
  const std::size_t more = seen.size() > most ? seen.size() - most : 0;
  seen.resize(seen.size() - more);
  return fmt::format("no case is left at '{}': {} of the {} before it {} {}{}", condition.text, condition.field,
                     by_case(before).size(), by_case(before).size() == 1 ? "is" : "are", fmt::join(seen, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

RuleVerdict unmatched(const Rule& rule, std::string why) {
  if (!rule.required) why += "; the rule is not required";
  return {.rule = rule.name, .name = {}, .passed = !rule.required, .detail = std::move(why)};
}

void judge_rule(const Rule& rule, const Rows& all, std::vector<RuleVerdict>& verdicts) {
  Rows rows = all;
  if (rows.empty()) return verdicts.push_back(unmatched(rule, "no case was measured"));
  for (const Condition& condition : rule.where) {
    Rows left;
    std::ranges::copy_if(rows, std::back_inserter(left), [&](const Measurement* m) { return holds(condition, *m); });
    if (left.empty()) return verdicts.push_back(unmatched(rule, eliminated(condition, rows)));
    rows = std::move(left);
  }
  for (const Rows& one : by_case(rows)) verdicts.push_back(judged(rule, one));
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
  Rows all;
  for (const Measurement& m : measurements) all.push_back(&m);
  std::vector<RuleVerdict> verdicts;
  for (const Rule& rule : rules.rules) judge_rule(rule, all, verdicts);
  std::ranges::stable_partition(verdicts, [](const RuleVerdict& one) { return !one.passed; });
  return verdicts;
}

}  // namespace lanemark
