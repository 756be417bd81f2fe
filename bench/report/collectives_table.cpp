// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "bench/report/console.hpp"
#include "bench/report/cost_section.hpp"
#include "bench/report/grouping.hpp"
#include "bench/report/marks.hpp"
#include "bench/report/sections.hpp"
#include "bench/text/figures.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

std::string limit_of(const Measurement& m) { return limit_figure(m.limit); }

/// What all rows of a table share.
std::string key(const Measurement& m) {
  return fmt::format("{} over {}, {} rank{}, {} ({}, {})", m.what.operation, m.what.backend, m.what.ranks,
                     m.what.ranks == 1 ? "" : "s", m.what.mode, m.device, m.transport);
}

std::string op_of(const Measurement& m) {
  const std::string op = label(m.what, "op");
  return op.empty() ? "sum" : op;
}

/// Labels but the reduction's, which has its own column: "root:3".
std::string variant(const Measurement& m) {
  std::string text;
  for (const Label& one : m.what.labels) {
    if (one.key != "op") text += fmt::format("{}{}:{}", text.empty() ? "" : " ", one.key, one.value);
  }
  return text;
}

/// "0.4", or "2.1 !" where a precision was asked for and not reached.
std::string precision_figure(const Measurement& m) {
  const std::optional<double> precision = relative_precision(m.samples);
  return (precision ? fmt::format("{:.1f}", *precision * 100) : "") + (m.stop == Stop::time ? " !" : "");
}

/// "ring/LL128 x24": algorithm, protocol, channels.
std::string route_figure(const Measurement& m) {
  if (!m.route) return {};
  std::string text = m.route->algorithm;
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!m.route->protocol.empty()) text += '/' + m.route->protocol;
  if (m.route->channels > 0) text += fmt::format(" x{}", m.route->channels);
  return text + (m.route->inferred ? " (inferred)" : "");
}

/// Pairs are read in their matrix; what is wrong with one stands in the list below.
std::vector<Measurement> without_pairs(const std::vector<Measurement>& rows) {
  std::vector<Measurement> others;
  std::ranges::copy_if(rows, std::back_inserter(others),
                       [](const Measurement& m) { return label(m.what, "pair").empty(); });
  return others;
}

void add_row(Table& table, const Measurement& m, bool reduces, bool repeated, bool limits_differ) {
  std::vector<Cell> cells{size_text(m.what), m.what.size ? fmt::format("{}", m.work.elements) : "",
                          m.what.dtype,      reduces ? op_of(m) : "",
                          variant(m),        repeated ? fmt::format("{}", m.repetition) : ""};
  if (presentable(m)) {
    const std::optional<double> share = share_of_limit(m);
    const bool moves = m.work.bytes != Bytes{};
    cells.insert(cells.end(),
                 {median_figure(m), precision_figure(m), time_figure(p99(m)), straggler_figure(m),
                  moves ? rate_figure(algorithm_bandwidth(m)) : "", moves ? rate_figure(bus_bandwidth(m)) : "",
                  share   ? share_of_limit_figure(*share)
                  : moves ? "-"
                          : "",
                  limits_differ ? limit_of(m) : "", route_figure(m)});
  } else {
    const char* const rate = m.work.bytes > Bytes{} ? "-" : "";
    cells.insert(cells.end(), {"-", "", "-", "", rate, rate, rate, "", ""});
  }
  cells.emplace_back(verified_figure(m.verdict));
  table.row(std::move(cells));
  if (m.verdict.kind == Verdict::Kind::wrong)
    table.note(fmt::format("{}: WRONG, {}", m.what.size ? size_text(m.what) : m.what.operation, m.verdict.detail));
}

std::string one_table(const Group& group, Format format) {
  const std::vector<Measurement>& rows = group.rows;
  const bool limits_differ = !same(rows, limit_of);
  // What moves nothing runs against no limit.
  const bool moves = std::ranges::any_of(rows, [](const Measurement& m) { return m.work.bytes > Bytes{}; });
  const std::string title =
      limits_differ || !moves ? group.key : fmt::format("{}; limit: {}", group.key, limit_of(rows.front()));
  const bool repeated = !same(rows, &Measurement::repetition);
  const std::string& operation = rows.front().what.operation;
  const bool reduces = operation.find("reduce") != std::string::npos;
  Table table{{{"size"},
               {"count"},
               {"type", Table::Align::left},
               {"op", Table::Align::left},
               {"variant", Table::Align::left},
               {"rep"},
               {"median"},
               {"± %"},
               {"p99"},
               {"slowest rank"},
               {"algbw GB/s"},
               {"busbw GB/s"},
               {"% limit"},
               {"limit", Table::Align::left},
               {"NCCL did", Table::Align::left},
               {"verified", Table::Align::left}}};
  for (const Measurement& m : rows) add_row(table, m, reduces, repeated, limits_differ);
  return heading(title, 2, format) + table.render(format) + legend_lines(rows, format) +
         odd_parts_sentence(rows, format) + '\n';
}

std::string collectives_tables(const std::vector<Measurement>& of_suite, Format format) {
  const std::vector<Measurement> others = without_pairs(of_suite);
  std::string text;
  for (const Group& group : group_by(others, key)) text += one_table(group, format);
  return text + pairs_section(of_suite, format) + groups_section(of_suite, format) + cost_section(others, format);
}

const Registered<SuiteReport> collectives{{.name = "collectives", .order = 1, .render = collectives_tables}};

}  // namespace
}  // namespace lanemark
