// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "bench/report/conclusions.hpp"
#include "bench/report/console.hpp"
#include "bench/report/grouping.hpp"
#include "bench/report/marks.hpp"
#include "bench/text/figures.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// What no column shows sets tables apart.
std::string key(const Measurement& m) {
  std::string text = fmt::format("{}, {} scaling ({})", m.what.operation, label(m.what, "scaling"), m.device);
  if (m.what.dtype != "float") text += ", " + m.what.dtype;
  const std::string_view whose = label(m.what, "scaling") == "weak" ? "per rank" : "in all";
  if (const std::string batch = label(m.what, "batch"); !batch.empty()) {
    text += fmt::format(", batch {} {}", batch, whose);
  }
  for (const Label& one : m.what.labels) {
    static const std::set<std::string, std::less<>> elsewhere{"sync", "scaling", "batch", "cap"};
    if (!elsewhere.contains(one.key)) text += fmt::format(", {} {}", one.key, one.value);
  }
  return text;
}

std::uint64_t most_but_root(const std::vector<std::uint64_t>& by_rank) {
  return by_rank.size() < 2 ? 0 : *std::max_element(by_rank.begin() + 1, by_rank.end());
}

/// "12.3 MB", or "12.3/4.56 MB" where the root's differs from the most of the others.
std::string per_rank(const std::vector<std::uint64_t>& by_rank) {
  if (by_rank.empty()) return {};
  const Bytes root{by_rank.front()};
  return by_rank.size() < 2 ? amount_figure(root) : amounts_figure(root, Bytes{most_but_root(by_rank)});
}

std::string phases(const Measurement& m) {
  std::vector<std::string> parts;
  for (const Phase& phase : m.training->phases) {
    parts.push_back(fmt::format("{} {}", phase.name, time_figure(phase.time)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string row_name(const Measurement& m) {
  return fmt::format("{}, {} rank{}", strategy(m), m.what.ranks, m.what.ranks == 1 ? "" : "s");
}

struct Columns {
  bool backend, repetition;
};

std::vector<Cell> speeds(const Measurement& m, const SingleRanks& alone) {
  if (!presentable(m)) return {"-", "-", "-", "-", "-", "-"};
  const std::optional<Seconds> exposed = exposed_communication(m);
  const std::optional<double> gain = speed_up(m, alone);
  return {median_figure(m),
          time_figure(p99(m)),
          figure(samples_per_second(m)),
          exposed ? time_figure(*exposed) : "-",
          gain ? fmt::format("{:.2f}", *gain) : "-",
          gain ? percent_figure(*gain / m.what.ranks) : "-"};
}

void add_row(Table& table, const Measurement& m, const SingleRanks& alone, const Columns& columns) {
  std::vector<Cell> cells{strategy(m), columns.backend ? m.what.backend : "", fmt::format("{}", m.what.ranks),
                          columns.repetition ? fmt::format("{}", m.repetition) : ""};
  std::ranges::move(speeds(m, alone), std::back_inserter(cells));
  cells.emplace_back(m.training ? per_rank(m.training->bytes_sent) : "");
  cells.emplace_back(m.training ? per_rank(m.training->peak_memory) : "");
  cells.emplace_back(verified_figure(m.verdict));
  table.row(std::move(cells));
  if (m.verdict.kind == Verdict::Kind::wrong) table.note(fmt::format("{}: WRONG, {}", row_name(m), m.verdict.detail));
  if (m.verdict.kind == Verdict::Kind::unverified && !m.verdict.detail.empty()) {
    table.note(fmt::format("{}: not verified, {}", row_name(m), m.verdict.detail));
  }
  if (presentable(m) && m.training && !m.training->phases.empty())
    table.note(fmt::format("{}: {}", row_name(m), phases(m)));
}

std::string training_title(const Group& group, const Columns& columns) {
  const Measurement& first = group.rows.front();
  std::string text = group.key;
  if (!columns.backend) text += fmt::format(", over {} ({})", first.what.backend, first.transport);
  const auto counted =
      std::ranges::find_if(group.rows, [](const Measurement& m) { return m.training && m.training->parameters > 0; });
  if (counted != group.rows.end()) text += fmt::format(", {} parameters", counted->training->parameters);
  return text;
}

std::string one_table(const Group& group, Format format) {
  const Columns columns{.backend = !same(group.rows, [](const Measurement& m) { return m.what.backend; }),
                        .repetition = !same(group.rows, &Measurement::repetition)};
  Table table{{{"strategy", Table::Align::left},
               {"backend", Table::Align::left},
               {"ranks"},
               {"rep"},
               {"step"},
               {"p99"},
               {"samples/s"},
               {"exposed"},
               {"speed-up"},
               {"eff. %"},
               {"sent"},
               {"peak memory"},
               {"verified", Table::Align::left}}};
  const SingleRanks alone{group.rows};
  for (const Measurement& m : group.rows) add_row(table, m, alone, columns);
  const std::string text =
      heading(training_title(group, columns), 2, format) + table.render(format) + legend_lines(group.rows, format);
  const std::string sentences = paragraph(fmt::format("{}", fmt::join(conclusions(group.rows), " ")), format);
  const bool apart = format == Format::markdown && !sentences.empty();
  return text + (apart ? "\n" : "") + sentences + '\n';
}

std::string training_tables(const std::vector<Measurement>& of_suite, Format format) {
  std::string text;
  for (const Group& group : group_by(of_suite, key)) text += one_table(group, format);
  return text +
         "exposed: the step less the same step without communication. sent and peak memory: per rank, root / "
         "others\nwhere they differ. Times below a row: its phases, the slowest rank's median.\n\n";
}

const Registered<SuiteReport> training{{.name = "training", .order = 3, .render = training_tables}};

}  // namespace
}  // namespace lanemark
