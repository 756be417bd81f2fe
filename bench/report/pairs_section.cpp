#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "bench/report/figures.hpp"
#include "bench/report/grouping.hpp"
#include "bench/report/sections.hpp"

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

bool is_rate(const Measurement& m) { return m.what.mode.find("bandwidth") != std::string::npos; }

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

std::string matrix(const Group& group, Format format) {
  std::vector<Measurement> rows;
  std::ranges::copy_if(group.rows, std::back_inserter(rows), presentable);
  if (rows.empty()) return {};
  const bool rate = is_rate(rows.front());
  const std::map<std::string, double> medians = medians_by_way(rows);
  const int ranks = rows.front().what.ranks;
  std::map<std::pair<int, int>, std::string> cells;
  std::vector<std::string> outliers;
  for (const Measurement& m : rows) {
    const Pair pair = pair_of(m);
    const double share = goodness(m) / medians.at(m.transport);
    const bool outlier = share < 1 - outlying;
    cells[{pair.from, pair.to}] =
        (rate ? rate_figure(algorithm_bandwidth(m)) : time_figure(median(m))) + (outlier ? " *" : "");
    if (!outlier) continue;
    outliers.push_back(fmt::format("* {} to {}: {:.0f} % {} than the median of its kind ({})", pair.from, pair.to,
                                   (rate ? 1 - share : 1 / share - 1) * 100, rate ? "slower" : "longer", m.transport));
  }
  std::vector<Table::Column> columns{{"from \\ to", Table::Align::left}};
  for (int to = 0; to < ranks; ++to) columns.push_back({fmt::format("{}", to)});
  Table table{columns};
  for (int from = 0; from < ranks; ++from) {
    std::vector<std::string> line{fmt::format("{}", from)};
    for (int to = 0; to < ranks; ++to) {
      const auto cell = cells.find({from, to});
      line.push_back(cell == cells.end() ? "-" : cell->second);
    }
    table.row(std::move(line));
  }
  std::string text = heading(group.key, 2, format) + table.render(format);
  if (!outliers.empty() && format == Format::markdown) text += '\n';
  for (const std::string& line : outliers) text += (format == Format::markdown ? "- " : "") + line + '\n';
  if (outliers.empty()) text += "No pair is more than 10 % worse than the median of its kind.\n";
  return text + '\n';
}

}  // namespace

std::string pairs_section(const std::vector<Measurement>& of_suite, Format format) {
  std::vector<Measurement> pairs;
  std::ranges::copy_if(of_suite, std::back_inserter(pairs),
                       [](const Measurement& m) { return !label(m.what, "pair").empty(); });
  std::string text;
  const auto key = [](const Measurement& m) {
    return fmt::format("{} of {} messages between pairs, {}, {}{}", is_rate(m) ? "GB/s" : "time",
                       size_name(m.what.size), m.what.backend, m.what.mode,
                       m.repetition == 0 ? "" : fmt::format(", rep {}", m.repetition));
  };
  for (const Group& group : group_by(pairs, key)) text += matrix(group, format);
  return text;
}

}  // namespace lanemark
