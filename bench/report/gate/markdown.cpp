// SPDX-License-Identifier: MIT

#include "bench/report/gate/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report/gate/limited_text.hpp"
#include "bench/report/gate/output.hpp"
#include "bench/report/gate/sentences.hpp"
#include "bench/report/gate/verdict_figures.hpp"
#include "bench/report/table.hpp"
#include "bench/text/characters.hpp"
#include "bench/text/escapes.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

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

Cell marked(std::string_view mark, std::string_view text) {
  Cell cell{text};
  cell.mark = mark;
  return cell;
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
    table.row({marked(mark(verdict.outcome), name(verdict.outcome)), Cell::code(verdict.name), metric_name(verdict),
               median_figure(verdict, Side::base), median_figure(verdict, Side::run), change_with_interval(verdict),
               p_figure(verdict), shown_shift(verdict) ? threshold_figure(verdict) : "-", remark(verdict)});
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
    table.row({passed ? marked(mark(Outcome::same), "passed") : marked(mark(Outcome::regressed), "FAILED"), rule.rule,
               Cell::code(rule.name), rule.detail});
  }
  return lines_of(table);
}

std::string block(std::string_view text) {
  const std::string line = paragraph(text, Format::markdown);
  return line.empty() ? line : line + '\n';
}

void fold(LimitedText& summary, std::string_view title, const Lines& lines) {
  summary.block(fmt::format("<details><summary>{}</summary>\n\n{}", title, lines.header), lines.rows,
                "\n</details>\n\n");
}

void fold(LimitedText& summary, std::string_view title, const std::vector<std::string>& items) {
  Lines lines;
  for (const std::string& one : items) lines.rows.push_back(bullet(one, Format::markdown));
  fold(summary, title, lines);
}

void add_counts(LimitedText& summary, const Judgement& judgement) {
  const bool bad = failed_rules(judgement) > 0 || std::ranges::any_of(judgement.cases, flagged);
  // Nothing compared is no reason to be green.
  const Outcome without_cases = judgement.rules.empty() ? Outcome::missing : Outcome::same;
  const Outcome gravest = judgement.cases.empty() ? without_cases : judgement.cases.front().outcome;
  summary.block("", {fmt::format("### {}{}\n\n", bad ? mark(Outcome::regressed) : mark(gravest),
                                 markdown_text(headline(judgement))) +
                     block(machine(judgement)) + block(evidence(judgement)) + block(confirmation(judgement)) +
                     block(nearest_baseline(judgement))});
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

/// Markdown does not reach into HTML that stands on one line, but GitHub looks there for what it mentions.
std::string code_in_html(std::string_view text) { return fmt::format("<code>{}</code>", xml_text(one_line(text))); }

void add_rest(LimitedText& summary, const Judgement& judgement) {
  const std::string of = code_in_html(judgement.fingerprint_id);
  fold(summary, fmt::format("The same: {}, on {}", judgement.count(Outcome::same), of), cases(judgement, true));
  fold(summary, fmt::format("Rules that passed, on {}", of), rules(judgement, true));
}

/// Few lines, without which the rows would be read wrongly.
void add_circumstances(LimitedText& summary, const Judgement& judgement) {
  const std::string of = code_in_html(judgement.fingerprint_id);
  fold(summary, fmt::format("Launches left out, on {}", of), excluded_launches(judgement));
  fold(summary, fmt::format("Launches beside other load, which was accepted, on {}", of), accepted_launches(judgement));
  fold(summary, fmt::format("Versions that changed, on {}", of), judgement.changed);
}

const Registered<GateOutput> markdown{{.name = "markdown",
                                       .what = "summary of a step of GitHub Actions",
                                       .render = [](std::span<const Judgement> all) { return gate_markdown(all); }}};

}  // namespace

std::string gate_markdown(std::span<const Judgement> judgements, std::size_t limit) {
  LimitedText summary{limit};
  for (const Judgement& one : judgements) add_counts(summary, one);
  for (const Judgement& one : judgements) add_circumstances(summary, one);
  for (const Judgement& one : judgements) add_findings(summary, one);
  for (const Judgement& one : judgements) add_rest(summary, one);
  return summary.text();
}

}  // namespace lanemark
