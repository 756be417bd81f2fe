// SPDX-License-Identifier: MIT

#include "bench/gate/history.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "bench/record/same_build.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/statistics/rank_test.hpp"

namespace lanemark {
namespace {

/// Whose history it is.
auto key(const HistoryInput& one) { return std::tie(one.fingerprint_id, one.name, one.metric->name); }

bool same_series(const HistoryInput& a, const HistoryInput& b) { return key(a) == key(b); }

/// All of one series, as `histories` orders them.
void order(std::span<HistoryInput> inputs) {
  std::map<std::string, std::string> first;  // start of a commit's first launch
  for (const HistoryInput& one : inputs) {
    const auto place = first.try_emplace(one.commit, one.started).first;
    place->second = std::min(place->second, one.started);
  }
  // Launches of no known build are each a build of their own.
  std::ranges::sort(inputs, {}, [&first](const HistoryInput& one) {
    return std::tuple{identifies_build(one.commit) ? first.at(one.commit) : one.started, one.commit, one.started,
                      one.launch};
  });
}

std::vector<HistoryPoint> points(std::span<const HistoryInput> ordered) {
  std::vector<HistoryPoint> all;
  for (std::size_t begin = 0, end = 0; begin < ordered.size(); begin = end) {
    std::vector<double> values;
    do {
      values.push_back(ordered[end++].value);
    } while (end < ordered.size() && same_build(ordered[end].commit, ordered[begin].commit));
    const auto [lowest, highest] = std::ranges::minmax(values);
    all.push_back({.commit = ordered[begin].commit,
                   .started = ordered[begin].started,
                   .launches = values.size(),
                   .median = median(values),
                   .lowest = lowest,
                   .highest = highest});
  }
  return all;
}

struct Place {
  std::size_t point;
  std::size_t first_launch;  ///< of its launches
};

/// Of `points`, where the launch belongs.
Place point_of(const std::vector<HistoryPoint>& points, std::size_t launch) {
  Place place{};
  for (std::size_t end = points[0].launches; end <= launch; end += points[place.point].launches) {
    ++place.point;
    place.first_launch = end;
  }
  return place;
}

double median_between(const std::vector<double>& values, std::size_t begin, std::size_t end) {
  const std::span part = std::span{values}.subspan(begin, end - begin);
  return median({part.begin(), part.end()});
}

/// Finds out between which points the change lies, or within which.
void place(HistoryChange& change, const Series& series) {
  constexpr double alpha = 0.01;
  const auto [point, first_launch] = point_of(series.points, change.launch);
  const std::span<const double> own = std::span{series.values}.subspan(first_launch, series.points[point].launches);
  const std::size_t left = change.launch - first_launch;
  const std::size_t right = own.size() - left;
  const bool first = point == 0;
  const bool last = point + 1 == series.points.size();
  change.before = change.after = point;
  if (left > 0) {
    if ((first && last) || rank_test(own.first(left), own.last(right)).p <= alpha) return;
    change.near = true;
  }
  if (left == 0 || last || (!first && left <= right)) --change.before;
  else ++change.after;
}

std::vector<HistoryChange> changes(const Series& series, const ChangePointOptions& options) {
  const std::vector<ChangePoint> found = change_points(series.values, options);
  std::vector<HistoryChange> all;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::size_t begin = i == 0 ? 0 : found[i - 1].index;
    const std::size_t end = i + 1 == found.size() ? series.values.size() : found[i + 1].index;
    const std::size_t at = found[i].index;
    const double before = median_between(series.values, begin, at);
    HistoryChange change{.launch = at, .change = median_between(series.values, at, end) / before - 1, .p = found[i].p};
    place(change, series);
    all.push_back(change);
  }
  return all;
}

}  // namespace

std::vector<Series> histories(std::vector<HistoryInput> inputs, const ChangePointOptions& options) {
  const auto identity = [](const HistoryInput& one) { return std::tuple_cat(key(one), std::tie(one.launch)); };
  std::ranges::stable_sort(inputs, {}, identity);
  const auto twice = std::ranges::unique(inputs, {}, identity);
  inputs.erase(twice.begin(), twice.end());
  std::vector<Series> all;
  for (std::size_t begin = 0, end = 0; begin < inputs.size(); begin = end) {
    while (end < inputs.size() && same_series(inputs[begin], inputs[end])) ++end;
    const std::span part = std::span{inputs}.subspan(begin, end - begin);
    order(part);
    Series series{.fingerprint_id = part[0].fingerprint_id,
                  .name = part[0].name,
                  .metric = part[0].metric,
                  .points = points(part),
                  .values = {},
                  .changes = {}};
    for (const HistoryInput& one : part) series.values.push_back(one.value);
    series.changes = changes(series, options);
    all.push_back(std::move(series));
  }
  return all;
}

std::vector<HistoryInput> history_inputs(const Launch& launch, const Metric& metric, const CaseFilter& cases) {
  std::map<std::string, std::vector<double>> repetitions;
  const bool accepts_load = !launch.header.accepted_load.empty();
  for (const Measurement& m : launch.measurements) {
    const std::string case_name = name(m.what);
    if (!cases(case_name) || (!accepts_load && !disturbance(m).empty())) continue;
    if (const std::optional<double> value = metric.of(m)) repetitions[case_name].push_back(*value);
  }
  const LaunchHeader& header = launch.header;
  std::vector<HistoryInput> inputs;
  inputs.reserve(repetitions.size());
  for (auto& [case_name, values] : repetitions) {
    inputs.push_back({.launch = header.launch,
                      .started = header.started,
                      .commit = commit_of(header.versions),
                      .fingerprint_id = header.fingerprint_id,
                      .name = case_name,
                      .metric = &metric,
                      .value = median(std::move(values)),
                      .fingerprint = header.fingerprint});
  }
  return inputs;
}

}  // namespace lanemark
