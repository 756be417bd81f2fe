#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/measurement.hpp"
#include "bench/stopwatch.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// What of Google Benchmark's command line a user may give; the same on all ranks.
struct GoogleBenchmarkFlags {
  std::string filter;  ///< regular expression over names; a leading '-' inverts it
  bool list = false;
  std::string out;  ///< file for the full results; written by rank 0 alone
  std::string out_format = "json";
  std::string format;  ///< "json", "csv" or "console" prints Google Benchmark's report instead of our tables
  std::vector<std::string> passed_on;  ///< --benchmark_repetitions=3 …
};

/// Takes every --benchmark_* argument out of `arguments`. Throws UsageError for one that cannot be honoured when
/// several ranks run the same benchmarks: random interleaving, because each process draws its own order.
GoogleBenchmarkFlags take_google_benchmark_flags(std::vector<std::string>& arguments);

/// Runs each case as a Google Benchmark of its own, with a count fixed beforehand and manual times that are the
/// same on every rank; ranks other than 0 report to nobody.
class GoogleBenchmark {
 public:
  /// Opens the output file on rank 0. Throws UsageError where it cannot be written (on rank 0 only).
  GoogleBenchmark(const World& world, const GoogleBenchmarkFlags& flags);
  GoogleBenchmark(const GoogleBenchmark&) = delete;
  GoogleBenchmark& operator=(const GoogleBenchmark&) = delete;
  GoogleBenchmark(GoogleBenchmark&&) = delete;
  GoogleBenchmark& operator=(GoogleBenchmark&&) = delete;
  ~GoogleBenchmark();

  /// Calls `measure` once per repetition, with its index. Google Benchmark's real time is the median of the
  /// samples it returns.
  void run(const std::string& name, std::uint64_t iterations, const std::function<Measurement(int)>& measure);
  /// Completes the reports.
  void finish();

 private:
  class Reporter;
  std::unique_ptr<Reporter> reporter_;
};

}  // namespace lanemark
