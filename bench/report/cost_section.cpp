// SPDX-License-Identifier: MIT

#include "bench/report/cost_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/insight/cost_model.hpp"
#include "bench/report/grouping.hpp"
#include "bench/text/figures.hpp"

namespace lanemark {
namespace {

/// One case at all its sizes, ascending.
struct Curve {
  Case what;  ///< without a size
  std::string device;
  std::vector<TimeOfSize> points;
  CostModel model;
};

Case without_size(Case what) {
  what.size.reset();
  return what;
}

Seconds median_of_repetitions(const std::vector<Measurement>& repetitions) {
  std::vector<Seconds> medians;
  medians.reserve(repetitions.size());
  for (const Measurement& m : repetitions) medians.push_back(median(m));
  return quantile(std::move(medians), 0.5);
}

/// Those with enough sizes for a model.
std::vector<Curve> curves_of(const std::vector<Measurement>& rows) {
  std::vector<Measurement> right;
  // What moves nothing has a cost by no size.
  std::ranges::copy_if(rows, std::back_inserter(right),
                       [](const Measurement& m) { return presentable(m) && m.what.size.value_or(Bytes{}) > Bytes{}; });
  std::vector<Curve> curves;
  // Records of several machines can stand in one report.
  const auto curve = [](const Measurement& m) { return name(without_size(m.what)) + ' ' + m.device; };
  for (const Group& group : group_by(right, curve)) {
    std::vector<TimeOfSize> points;
    for (const Group& size : group_by(group.rows, [](const Measurement& m) { return size_text(m.what); })) {
      points.push_back({size.rows.front().what.size.value_or(Bytes{}), median_of_repetitions(size.rows)});
    }
    std::ranges::sort(points, {}, &TimeOfSize::size);
    const std::optional<CostModel> model = fit(points);
    if (!model) continue;
    const Measurement& first = group.rows.front();
    curves.push_back({without_size(first.what), first.device, std::move(points), *model});
  }
  return curves;
}

/// To two significant digits: "16KiB", "1.5MiB", "640B".
std::string rounded_size(Bytes size) {
  constexpr std::array<std::pair<double, std::string_view>, 4> units{
      {{0x1p30, "GiB"}, {0x1p20, "MiB"}, {0x1p10, "KiB"}, {1, "B"}}};
  constexpr double rounds_up = 1023.5 / 1024;
  constexpr double two_digits = 9.95;
  const auto bytes = static_cast<double>(size.value);
  for (const auto& [factor, unit] : units) {
    if (bytes < factor * rounds_up && factor > 1) continue;
    const double value = bytes / factor;
    std::string text = value < two_digits ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text + std::string{unit};
  }
  return {};
}

/// Latency and rate are shown where they are at least half of the time at one of the sizes: else they would be
/// extrapolated from errors.
void add_row(Table& table, const Curve& curve, bool devices_differ) {
  const CostModel& model = curve.model;
  const Bytes smallest = curve.points.front().size;
  const Bytes largest = curve.points.back().size;
  const bool no_latency = model.half_bandwidth < smallest;
  const bool no_rate = model.half_bandwidth > largest;
  std::string half = rounded_size(model.half_bandwidth);
  if (no_latency) half = fmt::format("< {}", size_name(smallest));
  if (no_rate) half = fmt::format("> {}", size_name(largest));
  table.row({Cell::code(name(curve.what) + (devices_differ ? fmt::format(" ({})", curve.device) : "")),
             no_latency ? "-" : time_figure(model.latency), no_rate ? "-" : rate_figure(model.rate), std::move(half),
             percent_figure(model.residual), percent_figure(model.worst), fmt::format("{}", curve.points.size())});
}

/// How the backend goes about it, by label: the algorithm, the protocol, whether buffers are registered.
bool tunes(const Label& one) { return one.key == "algo" || one.key == "proto" || one.key == "buffers"; }

/// A property whose alternatives are worth comparing.
struct Choice {
  void (*hide)(Case& what);  ///< cases that are then the same differ in nothing else
  std::string (*name)(const Case& what);
};

constexpr std::string_view graph = "graph_";

constexpr std::array<Choice, 3> choices{
    {{.hide = [](Case& what) { what.backend.clear(); }, .name = [](const Case& what) { return what.backend; }},
     {.hide = [](Case& what) { std::erase_if(what.labels, tunes); },
      .name =
          [](const Case& what) {
            std::string text;
            for (const Label& one : what.labels) {
              if (tunes(one)) text += fmt::format("{}{}:{}", text.empty() ? "" : " ", one.key, one.value);
            }
            return text.empty() ? "the default" : text;
          }},
     {.hide =
          [](Case& what) {
            if (what.mode.starts_with(graph)) what.mode.erase(0, graph.size());
          },
      .name = [](const Case& what) { return what.mode; }}}};

/// Null where the two differ in anything else, or in nothing.
const Choice* choice_between(const Case& a, const Case& b) {
  if (a == b) return nullptr;
  for (const Choice& choice : choices) {
    Case first = a;
    Case second = b;
    choice.hide(first);
    choice.hide(second);
    if (first == second) return &choice;
  }
  return nullptr;
}

/// What both are: "all_reduce float over nccl, 4 ranks, bandwidth, op:max".
std::string shared(const Case& a, const Case& b) {
  std::string text = a.operation;
  if (!a.dtype.empty()) text += ' ' + a.dtype;
  if (a.backend == b.backend) text += " over " + a.backend;
  text += fmt::format(", {} rank{}", a.ranks, a.ranks == 1 ? "" : "s");
  if (a.mode == b.mode) text += ", " + a.mode;
  for (const Label& one : a.labels) {
    if (std::ranges::find(b.labels, one) != b.labels.end()) text += fmt::format(", {}:{}", one.key, one.value);
  }
  return text;
}

/// "…: mpi is faster up to 16KiB, nccl above"; empty where one of them is at all sizes.
std::string comparison(const Curve& a, const Curve& b) {
  const Choice* choice = a.device == b.device ? choice_between(a.what, b.what) : nullptr;
  if (choice == nullptr) return {};
  const std::vector<Crossover> changes = crossovers(a.points, b.points);
  if (changes.empty()) return {};
  std::string text = shared(a.what, b.what) + ": ";
  bool first_leads = changes.front().faster_above == Crossover::Curve::second;
  bool begun = false;
  for (const Crossover& change : changes) {
    text += fmt::format("{}{} up to {}, ", choice->name(first_leads ? a.what : b.what), begun ? "" : " is faster",
                        rounded_size(change.at));
    first_leads = change.faster_above == Crossover::Curve::first;
    begun = true;
  }
  return text + fmt::format("{} above", choice->name(first_leads ? a.what : b.what));
}

/// Places of two curves that differ in one choice alone, in their order. Of more alternatives than anybody would
/// compare there are none: pairs of all would outgrow the record.
std::set<std::pair<std::size_t, std::size_t>> alternatives(const std::vector<Curve>& curves) {
  constexpr std::size_t most = 64;
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  for (const Choice& choice : choices) {
    std::map<std::string, std::vector<std::size_t>> alike;
    for (std::size_t i = 0; i < curves.size(); ++i) {
      Case what = curves[i].what;
      choice.hide(what);
      alike[fmt::format("{} {} {}", what.suite, curves[i].device, name(what))].push_back(i);
    }
    for (const auto& [shared_name, places] : alike) {
      if (places.size() > most) continue;
      for (std::size_t i = 0; i < places.size(); ++i) {
        for (std::size_t j = i + 1; j < places.size(); ++j) pairs.emplace(places[i], places[j]);
      }
    }
  }
  return pairs;
}

std::string comparisons(const std::vector<Curve>& curves, Format format) {
  std::string lines;
  for (const auto& [one, other] : alternatives(curves)) {
    const std::string line = comparison(curves[one], curves[other]);
    if (!line.empty()) lines += bullet(line, format);
  }
  // Markdown takes a line right below a paragraph for a part of it.
  return !lines.empty() && format == Format::markdown ? '\n' + lines : lines;
}

}  // namespace

std::string cost_section(const std::vector<Measurement>& rows, Format format) {
  const std::vector<Curve> curves = curves_of(rows);
  if (curves.empty()) return {};
  const bool devices_differ =
      std::ranges::any_of(curves, [&](const Curve& curve) { return curve.device != curves.front().device; });
  Table table{
      {{"curve", Table::Align::left}, {"latency"}, {"rate GB/s"}, {"n 1/2"}, {"residual %"}, {"worst %"}, {"sizes"}}};
  for (const Curve& curve : curves) add_row(table, curve, devices_differ);
  return heading("cost model", 2, format) + table.render(format) + (format == Format::markdown ? "\n" : "") +
         "time = latency + size / rate, fitted; rate: the model's algbw at sizes without end; n 1/2: the size that "
         "gets half of\nit; residual and worst: how far the measured medians lie from the model, the median and the "
         "largest.\n" +
         comparisons(curves, format) + '\n';
}

}  // namespace lanemark
