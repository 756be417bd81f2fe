// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

/// Which of Google Benchmark's reports are wanted, and how they look.
struct GoogleBenchmarkReports {
  std::string out;  ///< file for the full results; empty for none
  std::string out_format = "json";
  std::string format;                    ///< "json", "csv" or "console" on standard output; empty for none
  int repetitions = 1;                   ///< of each case
  bool aggregates_only = false;          ///< of cases with repetitions
  bool display_aggregates_only = false;  ///< the same on standard output alone
  bool tabular = false;                  ///< the console's counters as columns
  std::string color = "auto";            ///< of the console: auto, yes, no
  std::vector<std::pair<std::string, std::string>> context;  ///< of all, beside the machine's
  std::size_t name_width = 10;                               ///< of the longest case's name
};

/// Throws UsageError where there is no such format, and for a file that can be told already not to be writable.
void require_reports(const GoogleBenchmarkReports& wanted);

/// Feeds what was measured to Google Benchmark's own reporters, which write what its readers know: each case is a
/// benchmark of that name, its time the median of its samples, with the same counters in every row. No CPU time is
/// measured, and none is shown. A case without a time (wrong data, skipped, no samples) is an error on the console and
/// left out of JSON and CSV, where its time would be a 0 that readers take for a gain; standard error names it.
class GoogleBenchmark {
 public:
  /// Nothing is written yet. Throws as require_reports.
  explicit GoogleBenchmark(GoogleBenchmarkReports wanted);
  GoogleBenchmark(const GoogleBenchmark&) = delete;
  GoogleBenchmark& operator=(const GoogleBenchmark&) = delete;
  GoogleBenchmark(GoogleBenchmark&&) = delete;
  GoogleBenchmark& operator=(GoogleBenchmark&&) = delete;
  ~GoogleBenchmark();

  /// The next measurement. A case is shown once all its repetitions are there.
  void add(const Measurement& m);
  /// Shows what is incomplete and ends what is on standard output. Once.
  void end_output();
  /// Writes the output file, whole, with what was added until now. Throws UsageError where it cannot be.
  void write_file();

 private:
  class Report;
  struct Pending;
  void report(const Pending& pending);
  void complete();
  void show_more();

  GoogleBenchmarkReports wanted_;
  std::unique_ptr<Report> shown_;
  std::unique_ptr<Report> filed_;
  std::vector<Pending> pending_;
  std::int64_t cases_ = 0;
};

}  // namespace lanemark
