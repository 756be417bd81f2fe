// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "bench/report/grouping.hpp"
#include "bench/report/sections.hpp"
#include "bench/text/figures.hpp"

namespace lanemark {
namespace {

constexpr double outlying = 0.10;

struct Pair {
  int from = -1;
  int to = -1;
};

/// Of the label "pair:2>3".
Pair pair_of(const Measurement& m) {
  Pair pair;
  const std::string text = label(m.what, "pair");
  const char* const end = text.data() + text.size();
  const auto [next, status] = std::from_chars(text.data(), end, pair.from);
  if (status == std::errc{} && next != end) std::from_chars(next + 1, end, pair.to);
  return pair;
}

/// Of what moves nothing there is a time alone.
bool is_rate(const Measurement& m) {
  return m.what.mode.find("bandwidth") != std::string::npos && m.work.bytes > Bytes{};
}

/// Larger is better.
double goodness(const Measurement& m) { return is_rate(m) ? algorithm_bandwidth(m).value : 1 / median(m).count(); }

std::map<std::string, double> medians_by_way(const std::vector<Measurement>& rows) {
  std::map<std::string, double> medians;
  for (const Group& way : group_by(rows, [](const Measurement& m) { return m.transport; })) {
    std::vector<double> all;
    all.reserve(way.rows.size());
    for (const Measurement& m : way.rows) all.push_back(goodness(m));
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::ranges::nth_element(all, middle);
    medians.emplace(way.key, *middle);
  }
  return medians;
}

/// What stands where, and what is to be said below.
struct Cells {
  std::map<std::pair<int, int>, std::string> texts;  ///< by from, to
  std::vector<std::string> outliers;
};

Cells cells_of(const std::vector<Measurement>& rows, bool rate) {
  const std::map<std::string, double> medians = medians_by_way(rows);
  Cells cells;
  for (const Measurement& m : rows) {
    const Pair pair = pair_of(m);
    const double share = goodness(m) / medians.at(m.transport);
    const bool outlier = share < 1 - outlying;
    cells.texts[{pair.from, pair.to}] =
        (rate ? rate_figure(algorithm_bandwidth(m)) : time_figure(median(m))) + (outlier ? " *" : "");
    if (!outlier) continue;
    cells.outliers.push_back(fmt::format("* {} to {}: {:.0f} % {} than the median of its kind ({})", pair.from, pair.to,
                                         (rate ? 1 - share : 1 / share - 1) * 100, rate ? "slower" : "longer",
                                         m.transport));
  }
  return cells;
}

/// From every rank to every other; where few of the pairs were measured, those. A record of a line may speak of a
/// million ranks, and one of many lines of a pair in each: a table is never much larger than what was measured.
Table table_of(const Cells& cells, int ranks) {
  constexpr int always_a_matrix = 8;
  constexpr std::size_t most_cells_a_pair = 4;
  const auto all = static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks);
  if (ranks > always_a_matrix && all > most_cells_a_pair * cells.texts.size()) {
    Table table{{{"from", Table::Align::left}, {"to"}, {"measured"}}};
    for (const auto& [pair, text] : cells.texts) {
      table.row({fmt::format("{}", pair.first), fmt::format("{}", pair.second), text});
    }
    return table;
  }
  std::vector<Table::Column> columns{{"from \\ to", Table::Align::left}};
  for (int to = 0; to < ranks; ++to) columns.push_back({fmt::format("{}", to)});
  Table table{columns};
  for (int from = 0; from < ranks; ++from) {
    std::vector<Cell> line{fmt::format("{}", from)};
    for (int to = 0; to < ranks; ++to) {
      const auto cell = cells.texts.find({from, to});
      line.emplace_back(cell == cells.texts.end() ? "-" : cell->second);
    }
    table.row(std::move(line));
  }
  return table;
}

std::string matrix(const Group& group, Format format) {
  std::vector<Measurement> rows;
  std::ranges::copy_if(group.rows, std::back_inserter(rows), presentable);
  if (rows.empty()) return {};
  const Cells cells = cells_of(rows, is_rate(rows.front()));
  int ranks = 0;
  for (const Measurement& m : rows) ranks = std::max(ranks, m.what.ranks);
  std::string text = heading(group.key, 2, format) + table_of(cells, ranks).render(format);
  if (!cells.outliers.empty() && format == Format::markdown) text += '\n';
  for (const std::string& line : cells.outliers) {
    text += format == Format::markdown ? bullet(line, format) : paragraph(line, format);
  }
  if (cells.outliers.empty()) text += "No pair is more than 10 % worse than the median of its kind.\n";
  return text + '\n';
}

}  // namespace

std::string pairs_section(const std::vector<Measurement>& of_suite, Format format) {
  std::vector<Measurement> pairs;
  std::ranges::copy_if(of_suite, std::back_inserter(pairs),
                       [](const Measurement& m) { return !label(m.what, "pair").empty(); });
  std::string text;
  const auto key = [](const Measurement& m) {
    return fmt::format("{} of {} messages between pairs, {}, {}{}", is_rate(m) ? "GB/s" : "time", size_text(m.what),
                       m.what.backend, m.what.mode, m.repetition == 0 ? "" : fmt::format(", rep {}", m.repetition));
  };
  for (const Group& group : group_by(pairs, key)) text += matrix(group, format);
  return text;
}

}  // namespace lanemark
