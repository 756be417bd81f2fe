// SPDX-License-Identifier: MIT

#include "bench/report/gate/annotations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "bench/report/gate/output.hpp"
#include "bench/report/gate/sentences.hpp"
#include "bench/report/gate/verdict_figures.hpp"
#include "bench/text/escapes.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

enum class Kind { wrong_data, regressed, failed_rule };

/// Something to be said as an error.
struct Finding {
  Kind kind;
  double size;  ///< of the change
  std::string title;
  std::string message;
};

std::string message(const Judgement& judgement, const CaseVerdict& verdict) {
  const std::string on = fmt::format("on fingerprint {}", judgement.fingerprint_id);
  if (verdict.outcome == Outcome::wrong_data) return fmt::format("{}, {}", verdict.detail, on);
  return fmt::format("{} {} -> {}, {}, adjusted p {}, threshold {}, {}", metric_name(verdict),
                     median_figure(verdict, Side::base), median_figure(verdict, Side::run),
                     change_with_interval(verdict), p_figure(verdict), share_figure(verdict.threshold), on);
}

/// Of all machines, the worst first.
std::vector<Finding> findings(std::span<const Judgement> judgements) {
  std::vector<Finding> all;
  for (const Judgement& judgement : judgements) {
    for (const CaseVerdict& verdict : judgement.cases) {
      if (!flagged(verdict)) continue;
      all.push_back({verdict.outcome == Outcome::wrong_data ? Kind::wrong_data : Kind::regressed,
                     verdict.shift ? std::abs(verdict.shift->change) : 0,
                     fmt::format("{} {}", name(verdict.outcome), verdict.name), message(judgement, verdict)});
    }
    for (const RuleVerdict& rule : judgement.rules) {
      if (rule.passed) continue;
      all.push_back({Kind::failed_rule, 0, fmt::format("RULE FAILED {}", rule.rule),
                     fmt::format("{}{}{}, on fingerprint {}", rule.name, rule.name.empty() ? "" : ": ", rule.detail,
                                 judgement.fingerprint_id)});
    }
  }
  std::ranges::stable_sort(
      all, [](const Finding& a, const Finding& b) { return a.kind != b.kind ? a.kind < b.kind : a.size > b.size; });
  return all;
}

std::string command(std::string_view what, std::string_view title, std::string_view text) {
  return fmt::format("::{} title={}::{}\n", what, annotation_property(title), annotation_data(text));
}

/// "2 regressed, 1 failed rule".
std::string kinds(std::span<const Finding> rest) {
  const auto of = [&](Kind kind) { return static_cast<std::size_t>(std::ranges::count(rest, kind, &Finding::kind)); };
  std::vector<std::string> parts;
  if (const std::size_t count = of(Kind::wrong_data); count > 0) parts.push_back(fmt::format("{} wrong data", count));
  if (const std::size_t count = of(Kind::regressed); count > 0) parts.push_back(fmt::format("{} regressed", count));
  if (const std::size_t count = of(Kind::failed_rule); count > 0) {
    parts.push_back(counted(count, "failed rule", "failed rules"));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string doubts(std::span<const Judgement> judgements) {
  std::size_t count = 0;
  std::size_t all = 0;
  const CaseVerdict* first = nullptr;
  for (const Judgement& judgement : judgements) {
    all += judgement.cases.size();
    for (const CaseVerdict& verdict : judgement.cases) {
      if (verdict.outcome != Outcome::inconclusive) continue;
      if (count++ == 0) first = &verdict;
    }
  }
  if (first == nullptr) return {};
  return command(
      "warning", "INCONCLUSIVE",
      fmt::format("{} of {} neither worse nor the same. The first is {}, {}: {}", count,
                  counted(all, "comparison is", "comparisons are"), first->name, metric_name(*first), remark(*first)));
}

const Registered<GateOutput> annotations{
    {.name = "github-annotations", .what = "workflow commands for GitHub Actions", .render = gate_annotations}};

}  // namespace

std::string gate_annotations(std::span<const Judgement> judgements) {
  const std::vector<Finding> all = findings(judgements);
  const std::size_t shown = std::min(all.size(), most_annotations);
  std::string text;
  for (const Finding& one : std::span{all}.first(shown)) text += command("error", one.title, one.message);
  if (shown < all.size()) {
    const std::span rest = std::span{all}.subspan(shown);
    text += command("notice", "More findings", fmt::format("{} more: {}", rest.size(), kinds(rest)));
  }
  return text + doubts(judgements);
}

}  // namespace lanemark
