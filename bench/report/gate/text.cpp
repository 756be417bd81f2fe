// SPDX-License-Identifier: MIT

#include "bench/report/gate/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "bench/report/gate/sentences.hpp"
#include "bench/report/gate/verdict_figures.hpp"
#include "bench/report/table.hpp"

namespace lanemark {
namespace {

constexpr std::string_view red = "1;31";
constexpr std::string_view yellow = "33";
constexpr std::string_view green = "32";

std::string_view colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::wrong_data:
    case Outcome::regressed: return red;
    case Outcome::inconclusive:
    case Outcome::no_baseline:
    case Outcome::missing: return yellow;
    case Outcome::improved: return green;
    case Outcome::same: break;
  }
  return {};
}

/// A line's first word in colour, which takes no room.
std::string in_colour(std::string block, std::size_t at, std::size_t length, std::string_view colour) {
  return block.replace(at, length, painted(std::string_view{block}.substr(at, length), colour));
}

std::string line(std::string_view text) { return paragraph(text, Format::text); }

std::string list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  std::string text = fmt::format("\n{}\n", title);
  for (const std::string& one : items) text += bullet(one, Format::text);
  return text;
}

void add_row(Table& table, const CaseVerdict& verdict, const TextOptions& options) {
  Cell outcome{name(verdict.outcome)};
  if (options.colour) outcome.colour = colour_of(verdict.outcome);
  table.row({verdict.name, metric_name(verdict), median_figure(verdict, Side::base), median_figure(verdict, Side::run),
             change_with_interval(verdict), p_figure(verdict), shown_shift(verdict) ? threshold_figure(verdict) : "-",
             std::move(outcome)});
  if (std::string text = remark(verdict); !text.empty()) table.note(std::move(text));
}

/// That a reader is shown unasked: all that is wrong, worse or better, and some of what says little.
std::size_t most_rows(Outcome outcome) {
  constexpr std::size_t some = 20;
  if (outcome == Outcome::same) return 0;
  const bool tells = outcome == Outcome::wrong_data || outcome == Outcome::regressed || outcome == Outcome::improved;
  return tells ? std::numeric_limits<std::size_t>::max() : some;
}

std::string cases(const Judgement& judgement, const TextOptions& options) {
  Table table{{{"case", Table::Align::left},
               {"metric", Table::Align::left},
               {"base"},
               {"run"},
               {"change", Table::Align::left},
               {"adj. p"},
               {"threshold"},
               {"verdict", Table::Align::left}}};
  bool uncalibrated = false;
  std::map<Outcome, std::size_t> shown;
  for (const CaseVerdict& verdict : judgement.cases) {
    if (!options.verbose && shown[verdict.outcome] >= most_rows(verdict.outcome)) continue;
    ++shown[verdict.outcome];
    add_row(table, verdict, options);
    uncalibrated |= shown_shift(verdict) && !verdict.calibrated;
  }
  std::string text = table.empty() ? "" : '\n' + table.render(Format::text);
  if (uncalibrated) text += fmt::format("  {}\n", threshold_legend);
  for (const auto& [outcome, rows] : shown) {
    const std::size_t left_out = judgement.count(outcome) - rows;
    if (left_out == 0 || outcome == Outcome::same) continue;
    text += fmt::format("\n{} more {}, not shown; --verbose shows all.\n", left_out, name(outcome));
  }
  if (const std::size_t same = judgement.count(Outcome::same); same > 0 && !options.verbose) {
    text += fmt::format("\n{} the same and not shown.\n", counted(same, "comparison is", "comparisons are"));
  }
  return text;
}

std::string rules(const Judgement& judgement, const TextOptions& options) {
  std::string text;
  for (const RuleVerdict& rule : judgement.rules) {
    if (rule.passed && !options.verbose) continue;
    const std::string_view verdict = rule.passed ? "passed" : "FAILED";
    const std::string what = rule.name.empty() ? rule.rule : fmt::format("{}: {}", rule.rule, rule.name);
    std::string block = bullet(fmt::format("{} {}: {}", verdict, what, rule.detail), Format::text);
    const std::size_t at = block.find(verdict);
    const std::string_view colour = !options.colour ? "" : rule.passed ? green : red;
    text += in_colour(std::move(block), at, verdict.size(), colour);
  }
  return text.empty() ? "" : "\nRules\n" + text;
}

std::string section(const Judgement& judgement, const TextOptions& options) {
  const Outcome gravest = judgement.cases.empty() ? Outcome::same : judgement.cases.front().outcome;
  const bool bad = failed_rules(judgement) > 0;
  const std::string_view colour = !options.colour ? "" : bad ? red : colour_of(gravest);
  return in_colour(line(headline(judgement)), 0, overall(judgement).size(), colour) + line(machine(judgement)) +
         line(evidence(judgement)) + line(confirmation(judgement)) + line(nearest_baseline(judgement)) +
         rules(judgement, options) + cases(judgement, options) +
         list("Launches left out", excluded_launches(judgement)) +
         list("Launches beside other load, which was accepted", accepted_launches(judgement)) +
         list("Versions that changed", judgement.changed);
}

}  // namespace

std::string gate_text(std::span<const Judgement> judgements, const TextOptions& options) {
  std::string text;
  for (const Judgement& one : judgements) text += (text.empty() ? "" : "\n\n") + section(one, options);
  return text.empty() ? "Nothing was compared: there are no launches.\n" : text;
}

}  // namespace lanemark
