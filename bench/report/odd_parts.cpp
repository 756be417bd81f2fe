// SPDX-License-Identifier: MIT

// Rank r's part of a buffer begins at r times a part's bytes. Where that is off 16 bytes, copies and kernels that take
// 16 at a time cannot, and the same number of bytes may take a multiple of the time.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "bench/report/grouping.hpp"
#include "bench/report/sections.hpp"
#include "collectives/core/collective.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

constexpr Bytes aligned{16};
/// Sizes further apart are no neighbours.
constexpr double farthest = 1.5;
/// Launches of one build differ by as much.
constexpr double noise = 1.05;

/// Bytes of a rank's part, where the case has parts that could begin on 16 bytes: not of one rank, not of parts that
/// are shorter, and not in buffers that begin elsewhere.
std::optional<Bytes> part_of(const Measurement& m) {
  const Collective* const collective = Registry<Collective>::find(m.what.operation);
  if (collective == nullptr || !collective->in_parts || !m.what.size) return std::nullopt;
  if (!label(m.what, "misaligned").empty()) return std::nullopt;
  const auto* const dtype =
      std::ranges::find(all_dtypes, m.what.dtype, [](DType one) { return std::string{name(one)}; });
  if (dtype == all_dtypes.end() || m.work.elements > m.what.size->value) return std::nullopt;
  const Bytes part = size_of(*dtype) * m.work.elements;
  if (part < aligned) return std::nullopt;
  const std::uint64_t parts = *m.what.size / part;
  if (parts < 2 || part * parts != *m.what.size) return std::nullopt;
  return part;
}

/// A size of a curve, with the samples of all its repetitions that nothing disturbed.
struct MeasuredSize {
  Bytes size;
  bool off = false;
  std::vector<Seconds> samples{};
  bool disturbed = false;
};

/// Of one case at all its sizes, ascending; sizes without such parts are left out.
std::vector<MeasuredSize> sizes_of(const std::vector<Measurement>& rows) {
  std::map<Bytes, MeasuredSize> points;
  for (const Measurement& m : rows) {
    const std::optional<Bytes> part = part_of(m);
    if (!part) continue;
    MeasuredSize& point = points[*m.what.size];
    point.size = *m.what.size;
    point.off = part->value % aligned.value != 0;
    if (disturbance(m).empty()) point.samples.insert(point.samples.end(), m.samples.begin(), m.samples.end());
    else point.disturbed = true;
  }
  std::vector<MeasuredSize> list;
  list.reserve(points.size());
  for (auto& [size, point] : points) list.push_back(std::move(point));
  return list;
}

double ratio(Bytes a, Bytes b) { return static_cast<double>(a.value) / static_cast<double>(b.value); }

/// The nearest whose parts begin on 16 bytes; null where none is near.
const MeasuredSize* neighbour_of(const MeasuredSize& odd, const std::vector<MeasuredSize>& points) {
  const auto distance = [&](const MeasuredSize& one) { return std::abs(std::log(ratio(one.size, odd.size))); };
  const MeasuredSize* nearest = nullptr;
  for (const MeasuredSize& one : points) {
    if (one.off || distance(one) > std::log(farthest)) continue;
    if (nearest == nullptr || distance(one) < distance(*nearest)) nearest = &one;
  }
  return nearest;
}

struct Cost {
  double times;
  std::string text;
};

/// What was found of all odd sizes of a table.
struct Findings {
  std::vector<Cost> costs{};
  std::set<Bytes> like_their_neighbours{};
  std::set<Bytes> too_few_samples{};
  std::set<Bytes> disturbed{};
  std::set<Bytes> alone{};
};

/// A smaller size takes no longer than a larger one, and a larger one no more a byte, where nothing but the size
/// differs: what goes beyond that is the parts'.
void compare(const MeasuredSize& odd, const MeasuredSize& even, const std::string& curve, Findings& found) {
  const std::optional<Interval> of_odd = median_interval(odd.samples);
  const std::optional<Interval> of_even = median_interval(even.samples);
  if (!of_odd || !of_even) {
    const bool disturbed = odd.disturbed || even.disturbed;
    (disturbed ? found.disturbed : found.too_few_samples).insert(odd.size);
    return;
  }
  const bool larger = odd.size > even.size;
  const double more_bytes = larger ? ratio(odd.size, even.size) : 1;
  if (of_odd->low / of_even->high / more_bytes <= noise) {
    found.like_their_neighbours.insert(odd.size);
    return;
  }
  const double times = quantile(odd.samples, 0.5) / quantile(even.samples, 0.5) / more_bytes;
  constexpr double two_digits = 1.95;
  const std::string figure = times < two_digits ? fmt::format("{:.2f}", times) : fmt::format("{:.1f}", times);
  found.costs.push_back({times, fmt::format("{}{} takes {} times the time {}of {} beside it", size_name(odd.size),
                                            curve, figure, larger ? "per byte " : "", size_name(even.size))});
}

/// "24B, 40B", or of many "12 sizes (24B to 1GiB)".
std::string sizes_figure(const std::set<Bytes>& sizes) {
  constexpr std::size_t few = 3;
  if (sizes.size() > few) {
    return fmt::format("{} sizes ({} to {})", sizes.size(), size_name(*sizes.begin()), size_name(*sizes.rbegin()));
  }
  std::vector<std::string> names;
  names.reserve(sizes.size());
  for (const Bytes size : sizes) names.push_back(size_name(size));
  return fmt::format("{}", fmt::join(names, ", "));
}

/// What sets a curve apart from the others of its table: " (float, root:3)".
std::string curve_name(const Measurement& m) {
  std::string text = m.what.dtype;
  for (const Label& one : m.what.labels) text += fmt::format(", {}:{}", one.key, one.value);
  return " (" + text + ")";
}

std::vector<std::string> clauses(Findings found) {
  constexpr std::size_t most = 8;
  std::vector<std::string> all;
  std::ranges::stable_sort(found.costs, std::ranges::greater{}, &Cost::times);
  for (std::size_t i = 0; i < std::min(most, found.costs.size()); ++i) all.push_back(found.costs[i].text);
  if (found.costs.size() > most) all.push_back(fmt::format("{} more cost less", found.costs.size() - most));
  if (!found.like_their_neighbours.empty()) {
    all.push_back(fmt::format("at {} no cost shows beyond the noise beside the nearest size of aligned parts",
                              sizes_figure(found.like_their_neighbours)));
  }
  if (!found.too_few_samples.empty()) {
    all.push_back(
        fmt::format("at {} there are too few samples to tell what it costs", sizes_figure(found.too_few_samples)));
  }
  if (!found.disturbed.empty()) {
    all.push_back(
        fmt::format("at {} nothing is told, as what was measured was disturbed", sizes_figure(found.disturbed)));
  }
  if (!found.alone.empty()) {
    all.push_back(
        fmt::format("beside {} no size of aligned parts was measured, which --odd does", sizes_figure(found.alone)));
  }
  return all;
}

}  // namespace

std::string odd_parts_sentence(const std::vector<Measurement>& rows, Format format) {
  std::vector<Measurement> right;
  std::ranges::copy_if(rows, std::back_inserter(right), presentable);
  const std::vector<Group> curves = group_by(right, [](Measurement m) {
    m.what.size.reset();
    return fmt::format("{} {} {}", name(m.what), m.device, m.transport);
  });
  Findings found;
  for (const Group& curve : curves) {
    const std::vector<MeasuredSize> points = sizes_of(curve.rows);
    const std::string which = curves.size() > 1 ? curve_name(curve.rows.front()) : "";
    for (const MeasuredSize& point : points) {
      if (!point.off) continue;
      if (const MeasuredSize* const even = neighbour_of(point, points)) compare(point, *even, which, found);
      else found.alone.insert(point.size);
    }
  }
  const std::vector<std::string> said = clauses(std::move(found));
  if (said.empty()) return {};
  const std::string line = bullet(
      fmt::format("{}: parts begin off 16 bytes; {}", rows.front().what.operation, fmt::join(said, "; ")), format);
  // Markdown takes a line right below a table for one of its rows.
  return format == Format::markdown ? '\n' + line : line;
}

}  // namespace lanemark
