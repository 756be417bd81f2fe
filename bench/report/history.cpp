// SPDX-License-Identifier: MIT

#include "bench/report/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/record/same_build.hpp"
#include "bench/report/table.hpp"
#include "bench/text/escapes.hpp"

namespace lanemark {
namespace {

/// A bar for each commit, from the lowest median to the highest, of the last ones where there are many.
std::string course(const Series& series) {
  constexpr std::array<std::string_view, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::size_t most = 60;
  const std::size_t shown = std::min(series.points.size(), most);
  const std::span points = std::span{series.points}.last(shown);
  const auto [lowest, highest] = std::ranges::minmax(points, {}, &HistoryPoint::median);
  const double range = highest.median - lowest.median;
  std::string text;
  for (const HistoryPoint& point : points) {
    const double height = range > 0 ? (point.median - lowest.median) / range : 0.5;
    text += bars.at(static_cast<std::size_t>(std::lround(height * (bars.size() - 1))));
  }
  return fmt::format("{} from {} to {}", text, value_figure(*series.metric, lowest.median),
                     value_figure(*series.metric, highest.median));
}

/// A commit that identifies no build has its time beside it.
std::string build_of(const HistoryPoint& point) {
  return identifies_build(point.commit) ? point.commit : fmt::format("{} ({})", point.commit, point.started);
}

std::string change_line(const Series& series, const HistoryChange& change) {
  const HistoryPoint& after = series.points[change.after];
  const std::string where = change.before == change.after
                                ? fmt::format("within {}: the machine changed, not the program", build_of(after))
                                : fmt::format("{} {} and {}", change.near ? "about between" : "between",
                                              build_of(series.points[change.before]), build_of(after));
  const bool better = (change.change > 0) == (series.metric->better == Better::more);
  // A number over 0 has no share.
  const std::string size = std::isfinite(change.change) ? fmt::format("{:+.1f} %", 100 * change.change) : "from 0";
  return fmt::format("{}: {} (p {:.3g}), {}", where, size, change.p, better ? "better" : "worse");
}

std::string table(const Series& series) {
  Table rows{{{"commit", Table::Align::left},
              {"first measured", Table::Align::left},
              {"launches"},
              {"median"},
              {"lowest"},
              {"highest"}}};
  for (const HistoryPoint& point : series.points) {
    const auto figure_of = [&](double value) { return value_figure(*series.metric, value); };
    rows.row({point.commit, point.started, fmt::format("{}", point.launches), figure_of(point.median),
              figure_of(point.lowest), figure_of(point.highest)});
  }
  return rows.render(Format::text);
}

void add_rows(std::string& text, const Series& series) {
  std::size_t end = 0;
  auto next = series.changes.begin();
  for (const HistoryPoint& point : series.points) {
    end += point.launches;
    std::string change = ",";
    for (; next != series.changes.end() && next->launch < end; ++next) {
      change = std::isfinite(next->change) ? fmt::format("{},{}", next->change, next->p) : fmt::format(",{}", next->p);
    }
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\r\n", csv_field(series.fingerprint_id), csv_field(series.name),
                    series.metric->name, series.metric->unit, csv_field(point.commit), csv_field(point.started),
                    point.launches, point.median, point.lowest, point.highest, next - series.changes.begin(), change);
  }
}

}  // namespace

std::string history_text(std::span<const Series> all) {
  std::string text;
  for (const Series& series : all) {
    text += heading(fmt::format("{}: {} on machine {}", series.name, series.metric->name, series.fingerprint_id), 2,
                    Format::text);
    text += table(series);
    text += bullet(course(series), Format::text);
    for (const HistoryChange& change : series.changes) text += bullet(change_line(series, change), Format::text);
    text += '\n';
  }
  return text;
}

std::string history_csv(std::span<const Series> all) {
  std::string text = "fingerprint,case,metric,unit,commit,started,launches,median,lowest,highest,segment,change,p\r\n";
  for (const Series& series : all) add_rows(text, series);
  return text;
}

}  // namespace lanemark
