#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/report/figures.hpp"
#include "bench/report/sections.hpp"

namespace lanemark {
namespace {

BytesPerSecond bus_bandwidth_of(const Measurement& m, const GroupTime& group) {
  return m.work.bytes / group.median * m.work.bus_factor;
}

std::string ranks_figure(const GroupTime& group) { return fmt::format("{}", fmt::join(group.ranks, ",")); }

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
    BytesPerSecond sum{};
    for (const GroupTime& group : m.groups) sum.value += bus_bandwidth_of(m, group).value;
    const GroupTime& slowest = *std::ranges::max_element(m.groups, {}, &GroupTime::median);
    table.row({name(m.what), fmt::format("{}", m.groups.size()), rate_figure(sum), ranks_figure(slowest),
               time_figure(slowest.median), rate_figure(bus_bandwidth_of(m, slowest))});
  }
  if (table.empty()) return {};
  return heading("groups of ranks at once", 2, format) + table.render(format) + '\n';
}

}  // namespace lanemark
