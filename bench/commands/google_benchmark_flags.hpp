// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/engine/given_flag.hpp"
#include "bench/report/google_benchmark.hpp"

namespace lanemark {

/// What of Google Benchmark's command line a user may give; the same on all ranks.
struct GoogleBenchmarkFlags {
  std::string filter;  ///< regular expression over names; a leading '-' inverts it
  bool list = false;
  GoogleBenchmarkReports reports;
  std::vector<GivenFlag> given;    ///< all but the filter, as flags of another launch's command line
  std::vector<std::string> names;  ///< of all that were given, "benchmark_filter"

  [[nodiscard]] bool has(std::string_view name) const;
};

/// Takes every --benchmark_* argument out of `arguments`. Throws UsageError for one that is unknown, ill-formed, given
/// twice, or cannot be honoured when several ranks run the same cases with counts that they agree on. The library's own
/// parser would end the program for these.
GoogleBenchmarkFlags take_google_benchmark_flags(std::vector<std::string>& arguments);

/// The same, with BENCHMARK_REPETITIONS in the place of the flag where that was not given. Throws UsageError for
/// variables that would be flags which are refused, or that decide what only a flag may.
GoogleBenchmarkFlags heeding_environment(GoogleBenchmarkFlags flags);

/// Throws UsageError for flags that do nothing in a command that `measures` or not, or beside another filter.
void check_google_benchmark_flags(const GoogleBenchmarkFlags& flags, bool measures, bool other_filter);

}  // namespace lanemark
