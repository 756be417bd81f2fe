// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/report/sections.hpp"
#include "bench/text/figures.hpp"

namespace lanemark {
namespace {

BytesPerSecond bus_bandwidth_of(const Measurement& m, const GroupTime& group) {
  return m.work.bytes / group.median * m.work.bus_factor;
}

/// All of them, or of many the first and the last: a table's column is as wide as its widest cell.
std::string ranks_figure(const GroupTime& group) {
  constexpr std::size_t most = 64;
  const std::vector<int>& ranks = group.ranks;
  if (ranks.size() <= most) return fmt::format("{}", fmt::join(ranks, ","));
  return fmt::format("{},{},…,{} ({} ranks)", ranks[0], ranks[1], ranks.back(), ranks.size());
}

}  // namespace

std::string groups_section(const std::vector<Measurement>& of_suite, Format format) {
  Table table{{{"case", Table::Align::left},
               {"groups"},
               {"sum of busbw GB/s"},
               {"slowest group", Table::Align::left},
               {"its median"},
               {"its busbw GB/s"}}};
  for (const Measurement& m : of_suite) {
    if (m.groups.empty() || !presentable(m)) continue;
    // What moves nothing, as a barrier, has a slowest group, but no rates and no sum of them.
    const bool moves = m.work.bytes > Bytes{};
    BytesPerSecond sum{};
    for (const GroupTime& group : m.groups) sum.value += bus_bandwidth_of(m, group).value;
    const GroupTime& slowest = *std::ranges::max_element(m.groups, {}, &GroupTime::median);
    table.row({Cell::code(name(m.what)), fmt::format("{}", m.groups.size()), moves ? rate_figure(sum) : "",
               ranks_figure(slowest), time_figure(slowest.median),
               moves ? rate_figure(bus_bandwidth_of(m, slowest)) : ""});
  }
  if (table.empty()) return {};
  return heading("groups of ranks at once", 2, format) + table.render(format) + '\n';
}

}  // namespace lanemark
