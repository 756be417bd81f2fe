// SPDX-License-Identifier: MIT

#include "bench/report/console.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report/grouping.hpp"
#include "bench/report/marks.hpp"
#include "bench/text/figures.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// For a suite that registered no table of its own.
std::string plain_table(const std::vector<Measurement>& rows, Format format) {
  Table table{{{"case", Table::Align::left}, {"median"}, {"p99"}, {"verified"}}};
  for (const Measurement& m : rows) {
    const bool show = presentable(m);
    table.row({Cell::code(name(m.what)), show ? median_figure(m) : "-", show ? time_figure(p99(m)) : "-",
               verified_figure(m.verdict)});
  }
  return table.render(format) + legend_lines(rows, format);
}

std::string wrong_cases(const std::vector<Measurement>& all, Format format) {
  std::string lines;
  std::size_t count = 0;
  for (const Measurement& m : all) {
    if (m.verdict.kind != Verdict::Kind::wrong) continue;
    ++count;
    lines += bullet(fmt::format("{}: {}", name(m.what), m.verdict.detail), format);
  }
  if (count == 0) return {};
  return heading(fmt::format("WRONG data in {} of {} cases (no speed is reported for them)", count, all.size()), 2,
                 format) +
         lines + '\n';
}

/// A line for each reason, with the first case's name.
std::string skipped_by_reason(const std::vector<Measurement>& rows, Format format) {
  std::vector<Measurement> skipped;
  std::ranges::copy_if(rows, std::back_inserter(skipped), [](const Measurement& m) { return !m.skipped.empty(); });
  std::string lines;
  for (const Group& group : group_by(skipped, [](const Measurement& m) { return m.skipped; })) {
    const std::string first = name(group.rows.front().what);
    const std::string which =
        group.rows.size() == 1 ? first : fmt::format("{} cases, first {}", group.rows.size(), first);
    lines += bullet(fmt::format("skipped {}: {}", which, group.key), format);
  }
  return lines;
}

std::string skipped_cases(const std::vector<Measurement>& all, Format format) {
  const auto count = std::ranges::count_if(all, [](const Measurement& m) { return !m.skipped.empty(); });
  if (count == 0) return {};
  return heading(fmt::format("Skipped: {} of {} cases", count, all.size()), 2, format) +
         skipped_by_reason(all, format) + '\n';
}

/// "84 cases measured, 84 verified."
std::string totals(const std::vector<Measurement>& all) {
  const auto done = std::ranges::count_if(all, measured);
  const auto correct = std::ranges::count_if(
      all, [](const Measurement& m) { return measured(m) && m.verdict.kind == Verdict::Kind::correct; });
  return fmt::format("{} case{} measured, {} verified.\n", done, done == 1 ? "" : "s", correct);
}

}  // namespace

std::string legend_lines(const std::vector<Measurement>& rows, Format format) {
  std::string lines;
  for (const std::string& one : legends(rows)) lines += bullet(one, format);
  // Markdown takes a line right below a table for one of its rows.
  return format == Format::markdown && !lines.empty() ? '\n' + lines : lines;
}

std::string report(const std::vector<Measurement>& all, Format format) {
  std::vector<Measurement> kept;
  std::ranges::copy_if(all, std::back_inserter(kept), [](const Measurement& m) { return m.skipped.empty(); });
  std::vector<Group> suites = group_by(kept, [](const Measurement& m) { return m.what.suite; });
  constexpr int after_all = 1000;
  std::ranges::stable_sort(suites, {}, [](const Group& suite) {
    const SuiteReport* known = Registry<SuiteReport>::find(suite.key);
    return known == nullptr ? after_all : known->order;
  });
  std::string text;
  for (const Group& suite : suites) {
    const SuiteReport* known = Registry<SuiteReport>::find(suite.key);
    text += heading(suite.key, 1, format);
    text += known == nullptr ? plain_table(suite.rows, format) + '\n' : known->render(suite.rows, format);
  }
  return text + wrong_cases(all, format) + skipped_cases(all, format) + totals(all);
}

}  // namespace lanemark
