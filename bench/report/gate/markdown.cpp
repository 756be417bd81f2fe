#include "bench/report/gate/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report/gate/characters.hpp"
#include "bench/report/gate/limited_text.hpp"
#include "bench/report/gate/output.hpp"
#include "bench/report/gate/sentences.hpp"
#include "bench/report/gate/verdict_figures.hpp"
#include "bench/report/gate/xml.hpp"
#include "bench/report/table.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

std::size_t longest_run(std::string_view text, char wanted) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string_view mark(Outcome outcome) {
  switch (outcome) {
    case Outcome::wrong_data:
    case Outcome::regressed: return "❌ ";
    case Outcome::inconclusive:
    case Outcome::no_baseline:
    case Outcome::missing: return "⚠️ ";
    case Outcome::improved:
    case Outcome::same: break;
  }
  return "✅ ";
}

/// A table's lines: the header's two as one, then the rows.
struct Lines {
  std::string header;
  std::vector<std::string> rows;
};

Lines lines_of(const Table& table) {
  Lines lines;
  if (table.empty()) return lines;
  const std::string text = table.render(Format::markdown);
  std::size_t begin = 0;
  for (int count = 0; begin < text.size(); ++count) {
    const std::size_t end = text.find('\n', begin) + 1;
    const std::string line = text.substr(begin, end - begin);
    if (count < 2) lines.header += line;
    else lines.rows.push_back(line);
    begin = end;
  }
  return lines;
}

Lines cases(const Judgement& judgement, bool same) {
  Table table{{{"", Table::Align::left},
               {"case", Table::Align::left},
               {"metric", Table::Align::left},
               {"base"},
               {"run"},
               {"change", Table::Align::left},
               {"adj. p"},
               {"threshold"},
               {"remark", Table::Align::left}}};
  for (const CaseVerdict& verdict : judgement.cases) {
    if ((verdict.outcome == Outcome::same) != same) continue;
    table.row({fmt::format("{}{}", mark(verdict.outcome), name(verdict.outcome)), markdown_code(verdict.name),
               markdown_text(metric_name(verdict)), median_figure(verdict, Side::base),
               median_figure(verdict, Side::run), change_with_interval(verdict), markdown_text(p_figure(verdict)),
               shown_shift(verdict) ? markdown_text(threshold_figure(verdict)) : "-", markdown_text(remark(verdict))});
  }
  return lines_of(table);
}

Lines rules(const Judgement& judgement, bool passed) {
  Table table{{{"", Table::Align::left},
               {"rule", Table::Align::left},
               {"case", Table::Align::left},
               {"found", Table::Align::left}}};
  for (const RuleVerdict& rule : judgement.rules) {
    if (rule.passed != passed) continue;
    table.row({passed ? "✅ passed" : "❌ FAILED", markdown_text(rule.rule),
               rule.name.empty() ? "" : markdown_code(rule.name), markdown_text(rule.detail)});
  }
  return lines_of(table);
}

std::string paragraph(std::string_view text) { return text.empty() ? "" : markdown_text(text) + "\n\n"; }

void fold(LimitedText& summary, std::string_view title, const Lines& lines) {
  summary.block(fmt::format("<details><summary>{}</summary>\n\n{}", title, lines.header), lines.rows,
                "\n</details>\n\n");
}

void fold(LimitedText& summary, std::string_view title, const std::vector<std::string>& items) {
  Lines lines;
  for (const std::string& one : items) lines.rows.push_back(fmt::format("- {}\n", markdown_text(one)));
  fold(summary, title, lines);
}

void add_counts(LimitedText& summary, const Judgement& judgement) {
  const bool bad = failed_rules(judgement) > 0 || std::ranges::any_of(judgement.cases, flagged);
  const Outcome gravest = judgement.cases.empty() ? Outcome::same : judgement.cases.front().outcome;
  summary.block("", {fmt::format("### {}{}\n\n", bad ? mark(Outcome::regressed) : mark(gravest),
                                 markdown_text(headline(judgement))) +
                     paragraph(machine(judgement)) + paragraph(evidence(judgement)) +
                     paragraph(confirmation(judgement)) + paragraph(nearest_baseline(judgement))});
}

void add_findings(LimitedText& summary, const Judgement& judgement) {
  const std::string of = fmt::format("#### Fingerprint {}\n\n", markdown_text(judgement.fingerprint_id));
  if (const Lines failed = rules(judgement, false); !failed.rows.empty()) {
    summary.block(of + failed.header, failed.rows, "\n");
  }
  const Lines found = cases(judgement, false);
  const bool uncalibrated = std::ranges::any_of(judgement.cases, [](const CaseVerdict& verdict) {
    return verdict.outcome != Outcome::same && shown_shift(verdict) && !verdict.calibrated;
  });
  summary.block((failed_rules(judgement) > 0 ? "" : of) + found.header, found.rows,
                uncalibrated ? fmt::format("\n{}\n\n", markdown_text(threshold_legend)) : "\n");
}

void add_rest(LimitedText& summary, const Judgement& judgement) {
  // Markdown does not reach into HTML that stands on one line.
  const std::string of = xml_text(judgement.fingerprint_id);
  fold(summary, fmt::format("The same: {}, on {}", judgement.count(Outcome::same), of), cases(judgement, true));
  fold(summary, fmt::format("Rules that passed, on {}", of), rules(judgement, true));
}

/// Few lines, without which the rows would be read wrongly.
void add_circumstances(LimitedText& summary, const Judgement& judgement) {
  const std::string of = xml_text(judgement.fingerprint_id);
  fold(summary, fmt::format("Launches left out, on {}", of), excluded_launches(judgement));
  fold(summary, fmt::format("Versions that changed, on {}", of), judgement.changed);
}

const Registered<GateOutput> markdown{{.name = "markdown",
                                       .what = "summary of a step of GitHub Actions",
                                       .render = [](std::span<const Judgement> all) { return gate_markdown(all); }}};

}  // namespace

std::string markdown_text(std::string_view text) {
  constexpr std::string_view special = "\\`*_[]~#@";
  std::string escaped;
  for (const char c : one_line(text)) {
    if (c == '<') escaped += "&lt;";
    else if (c == '>') escaped += "&gt;";
    else if (c == '&') escaped += "&amp;";
    else if (special.find(c) != std::string_view::npos) escaped.append("\\").append(1, c);
    else escaped += c;
  }
  return escaped;
}

std::string markdown_code(std::string_view text) {
  const std::string line = one_line(text);
  const std::size_t inside = longest_run(line, '`');
  const std::string fence(inside + 1, '`');  // none inside is as long
  // A blank keeps a name's own backtick at its end apart from the fence, and is not shown.
  const std::string_view gap = inside > 0 ? " " : "";
  return fmt::format("{}{}{}{}{}", fence, gap, line, gap, fence);
}

std::string gate_markdown(std::span<const Judgement> judgements, std::size_t limit) {
  LimitedText summary{limit};
  for (const Judgement& one : judgements) add_counts(summary, one);
  for (const Judgement& one : judgements) add_circumstances(summary, one);
  for (const Judgement& one : judgements) add_findings(summary, one);
  for (const Judgement& one : judgements) add_rest(summary, one);
  return summary.text();
}

}  // namespace lanemark
