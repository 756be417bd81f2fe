// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "bench/gate/metric.hpp"
#include "bench/measurement/case_filter.hpp"
#include "bench/record/launch.hpp"
#include "bench/statistics/change_points.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// One number of one case of one launch.
struct HistoryInput {
  std::string launch;          ///< its id
  std::string started;         ///< UTC, ISO 8601
  std::string commit;          ///< of the measuring program
  std::string fingerprint_id;  ///< of the machine
  std::string name;            ///< the case's
  const Metric* metric = nullptr;
  double value = 0;
  Fingerprint fingerprint{};
};

/// What a commit's launches measured; one launch where its commit identifies no build.
struct HistoryPoint {
  std::string commit;
  std::string started;  ///< of its first launch
  std::size_t launches = 0;
  double median = 0;
  double lowest = 0;
  double highest = 0;
};

/// A lasting change: the launches from here on, up to the next change, differ from those since the one before.
struct HistoryChange {
  std::size_t launch = 0;  ///< of Series::values, the first after the change
  std::size_t before = 0;  ///< of Series::points, the last before it
  std::size_t after = 0;   ///< the first after it; equal to `before` where a commit's own launches differ
  bool near = false;       ///< it was found some launches away from where these two meet
  double change = 0;       ///< of the median, relative, signed as the metric is
  double p = 1;
};

/// One metric of one case on one machine, commit by commit.
struct Series {
  std::string fingerprint_id;
  std::string name;
  const Metric* metric = nullptr;
  std::vector<HistoryPoint> points;  ///< in the order in which the commits were first measured
  std::vector<double> values;        ///< a launch each, those of a commit together, in the order of their start
  std::vector<HistoryChange> changes;
};

/// In order of machine, case and metric. A launch that comes twice counts once. Changes are looked for in the launches,
/// not in the commits' medians: launches are the unit of evidence, three commits of five launches can show a change
/// and three medians cannot. Launches of a commit stand together even where another commit's were started in between.
/// What is found among a commit's launches is theirs, and says that the machine and not the program changed, where
/// those before it and after it differ by themselves (rank test at 0.01); else noise has moved it there from where the
/// commit meets the nearest other.
std::vector<Series> histories(std::vector<HistoryInput> inputs, const ChangePointOptions& options = {});

/// The numbers of a launch's cases whose names match (as --filter does), the median of those that it repeated.
std::vector<HistoryInput> history_inputs(const Launch& launch, const Metric& metric, const CaseFilter& cases);

}  // namespace lanemark
