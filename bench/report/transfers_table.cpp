// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include "bench/report/console.hpp"
#include "bench/report/grouping.hpp"
#include "bench/report/marks.hpp"
#include "bench/text/figures.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

std::string direction(const Measurement& m) {
  if (m.what.operation == "host_to_device") return "host to device";
  if (m.what.operation == "device_to_host") return "device to host";
  return m.what.operation == "memory_copy" ? "memory copy" : m.what.operation;
}

/// Whose link is busy, "all" at once or a number for one alone: a GPU's, or on the host device a rank's.
std::string lane(const Measurement& m) { return label(m.what, m.device == "host" ? "rank" : "gpu"); }

std::string lane_figure(const Measurement& m) {
  if (lane(m).empty()) return {};
  return lane(m) == "all" ? fmt::format("all {} at once", m.what.ranks) : lane(m) + " alone";
}

/// One table for a device, a mode and a limit.
std::string transfers_title(const Measurement& m) {
  const std::string what = m.device == "host" ? "memory copy on the CPU (no GPU here)" : "host and GPU memory";
  const std::string limit = m.limit ? fmt::format("; limit: {}", limit_figure(m.limit)) : "";
  return fmt::format("{}, {}{}", what, m.what.mode, limit);
}

void add_row(Table& table, const Measurement& m, bool repeated) {
  std::vector<Cell> cells{direction(m), m.device == "host" ? "" : m.what.backend, lane_figure(m), size_text(m.what),
                          repeated ? fmt::format("{}", m.repetition) : ""};
  if (presentable(m)) {
    const std::optional<double> share = share_of_limit(m);
    cells.insert(cells.end(), {median_figure(m), time_figure(p99(m)), lane(m) == "all" ? straggler_figure(m) : "",
                               m.work.bytes > Bytes{} ? rate_figure(bus_bandwidth(m)) : "",
                               share ? share_of_limit_figure(*share) : ""});
  } else {
    cells.insert(cells.end(), {"-", "-", "", "-", m.limit ? "-" : ""});
  }
  cells.emplace_back(verified_figure(m.verdict));
  table.row(std::move(cells));
  if (m.verdict.kind == Verdict::Kind::wrong)
    table.note(fmt::format("{}: WRONG, {}", size_text(m.what), m.verdict.detail));
}

std::string transfers_tables(const std::vector<Measurement>& of_suite, Format format) {
  std::string text;
  for (const Group& group : group_by(of_suite, transfers_title)) {
    Table table{{{"direction", Table::Align::left},
                 {"memory", Table::Align::left},
                 {group.rows.front().device == "host" ? "ranks" : "GPUs", Table::Align::left},
                 {"size"},
                 {"rep"},
                 {"median"},
                 {"p99"},
                 {"slowest rank"},
                 {"GB/s"},
                 {"% limit"},
                 {"verified", Table::Align::left}}};
    const bool repeated = !same(group.rows, &Measurement::repetition);
    for (const Measurement& m : group.rows) add_row(table, m, repeated);
    text += heading(group.key, 2, format) + table.render(format) + legend_lines(group.rows, format) + '\n';
  }
  return text;
}

const Registered<SuiteReport> transfers{{.name = "transfers", .order = 2, .render = transfers_tables}};

}  // namespace
}  // namespace lanemark
