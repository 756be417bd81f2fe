// SPDX-License-Identifier: MIT

#include "bench/report/google_benchmark.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <sstream>
#include <utility>

#include "bench/files/output_file.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/text/characters.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Run = benchmark::BenchmarkReporter::Run;
using Runs = std::vector<Run>;

std::unique_ptr<benchmark::BenchmarkReporter> make_reporter(const std::string& format,
                                                            const GoogleBenchmarkReports& wanted) {
  if (format == "json") return std::make_unique<benchmark::JSONReporter>();
    // The class is marked deprecated upstream, but --benchmark_format=csv is still theirs and so ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  if (format == "csv") return std::make_unique<benchmark::CSVReporter>();
#pragma GCC diagnostic pop
  if (format == "console") {
    const int look = (wanted.tabular ? benchmark::ConsoleReporter::OO_Tabular : 0) |
                     (wanted.color == "yes" ? benchmark::ConsoleReporter::OO_Color : 0);
    return std::make_unique<benchmark::ConsoleReporter>(static_cast<benchmark::ConsoleReporter::OutputOptions>(look));
  }
  throw UsageError(fmt::format("unknown Google Benchmark format {}; known: console, json, csv", in_quotes(format)));
}

/// Versions of the library call it differently.
template <class AnyRun>
void set_error(AnyRun& run, const std::string& why) {
  if constexpr (requires { run.error_occurred; }) {
    run.error_occurred = true;
    run.error_message = why;
  } else {
    using Skipped = decltype(run.skipped);
    run.skipped = static_cast<Skipped>(2);  // SkippedWithError
    run.skip_message = why;
  }
}

/// Why it has no time that could be shown; empty where it has one.
std::string why_timeless(const Measurement& m) {
  if (!m.skipped.empty()) return one_line(m.skipped);
  if (m.verdict.kind == Verdict::Kind::wrong) return "wrong data";
  return measured(m) ? "" : "no samples";
}

Run run_of(const Measurement& m, std::int64_t index, std::int64_t repetitions) {
  Run run;
  run.run_name.function_name = one_line(name(m.what));
  run.family_index = index;
  run.per_family_instance_index = 0;
  run.repetition_index = m.repetition;
  run.repetitions = repetitions;
  run.statistics = nullptr;
  run.time_unit = benchmark::kMicrosecond;
  run.report_label = one_line(m.transport);
  if (const std::string why = why_timeless(m); !why.empty()) {
    run.iterations = 0;
    set_error(run, why);
    return run;
  }
  run.iterations = static_cast<benchmark::IterationCount>(m.samples.size());
  run.real_accumulated_time = median(m).count() * static_cast<double>(run.iterations);
  constexpr double micro = 1e6;
  run.counters["mean_us"] = mean(m).count() * micro;
  run.counters["p99_us"] = p99(m).count() * micro;
  run.counters["samples"] = static_cast<double>(m.samples.size());
  if (m.work.bytes != Bytes{}) {
    constexpr double giga = 1e-9;
    run.counters["algbw_GB/s"] = algorithm_bandwidth(m).value * giga;
    run.counters["busbw_GB/s"] = bus_bandwidth(m).value * giga;
  }
  if (m.work.samples > 0) run.counters["samples/s"] = samples_per_second(m);
  // The library writes these as no JSON has them.
  std::erase_if(run.counters, [](const auto& one) { return !std::isfinite(one.second.value); });
  return run;
}

/// What the library says of repetitions beside them.
struct Aggregate {
  const char* name;
  benchmark::StatisticUnit unit;
  double (*of)(const std::vector<double>& values);
};

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}
double variation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  return mean == 0 ? 0 : deviation_of(values) / mean;
}

constexpr Aggregate aggregates[] = {
    {"mean", benchmark::kTime, mean_of},
    {"median", benchmark::kTime, [](const std::vector<double>& values) { return median(values); }},
    {"stddev", benchmark::kTime, deviation_of},
    {"cv", benchmark::kPercentage, variation_of}};

/// Of the repetitions of a case that have a time, if there are two.
Runs aggregates_of(const Runs& repetitions) {
  if (repetitions.size() < 2) return {};
  const auto over = [&](const Aggregate& one, const std::function<double(const Run&)>& value) {
    std::vector<double> values;
    values.reserve(repetitions.size());
    for (const Run& run : repetitions) values.push_back(value(run));
    return one.of(values);
  };
  Runs all;
  for (const Aggregate& one : aggregates) {
    Run run = repetitions.front();
    run.run_type = Run::RT_Aggregate;
    run.aggregate_name = one.name;
    run.aggregate_unit = one.unit;
    run.repetition_index = Run::no_repetition_index;
    run.iterations = static_cast<benchmark::IterationCount>(repetitions.size());
    const double time =
        over(one, [](const Run& each) { return each.real_accumulated_time / static_cast<double>(each.iterations); });
    // A time is divided by the iterations when it is shown, a share is not.
    run.real_accumulated_time = one.unit == benchmark::kTime ? time * static_cast<double>(run.iterations) : time;
    for (auto& [name, counter] : run.counters) {
      counter = over(one, [&name = name](const Run& each) {
        const auto found = each.counters.find(name);
        return found == each.counters.end() ? 0 : found->second.value;
      });
    }
    all.push_back(std::move(run));
  }
  return all;
}

}  // namespace

/// A document of one of the library's reporters, from its context to its end.
class GoogleBenchmark::Report {
 public:
  Report(const std::string& format, bool aggregates_only, const GoogleBenchmarkReports& wanted)
      : reporter_{make_reporter(format, wanted)},
        shows_errors_{format == "console"},
        at_once_{format == "csv"},
        aggregates_only_{aggregates_only},
        name_width_{wanted.name_width} {
    reporter_->SetOutputStream(&text_);
    reporter_->SetErrorStream(&beside_);
  }

  /// What the document goes on with, for a case that is complete.
  void add(const Runs& repetitions, const Runs& timeless) {
    Runs all = aggregates_of(repetitions);
    if (!aggregates_only_ || all.empty()) all.insert(all.begin(), repetitions.begin(), repetitions.end());
    if (shows_errors_) all.insert(all.end(), timeless.begin(), timeless.end());
    open();
    if (at_once_) held_.insert(held_.end(), all.begin(), all.end());
    else if (!all.empty()) reporter_->ReportRuns(all);
  }
  void end() {
    open();
    // All rows of a CSV have the columns of the first that are reported.
    if (at_once_) reporter_->ReportRuns(held_);
    held_.clear();
    reporter_->Finalize();
  }
  /// What there is since the last call.
  std::string take() { return std::exchange(text_, std::ostringstream{}).str(); }
  /// The same of what the library would say on standard error: the machine, above a console's table or a CSV.
  std::string take_beside() { return std::exchange(beside_, std::ostringstream{}).str(); }

 private:
  void open() {
    if (opened_) return;
    opened_ = true;
    static constexpr const char* program = "lanemark";
    benchmark::BenchmarkReporter::Context::executable_name = program;
    benchmark::BenchmarkReporter::Context context;
    context.name_field_width = name_width_;
    reporter_->ReportContext(context);
  }

  std::unique_ptr<benchmark::BenchmarkReporter> reporter_;
  std::ostringstream text_;
  std::ostringstream beside_;
  bool shows_errors_;
  bool at_once_;
  bool aggregates_only_;
  std::size_t name_width_;
  Runs held_;
  bool opened_ = false;
};

void require_reports(const GoogleBenchmarkReports& wanted) {
  if (!wanted.format.empty()) static_cast<void>(make_reporter(wanted.format, wanted));
  static_cast<void>(make_reporter(wanted.out_format, wanted));
  if (!wanted.out.empty()) require_writable(wanted.out);
}

/// Repetitions of a case that come one by one.
struct GoogleBenchmark::Pending {
  std::string title;
  std::int64_t index = 0;
  Runs timed{};
  Runs timeless{};
  int count = 0;
};

GoogleBenchmark::GoogleBenchmark(GoogleBenchmarkReports wanted) : wanted_{std::move(wanted)} {
  require_reports(wanted_);
  for (const auto& [key, value] : wanted_.context) benchmark::AddCustomContext(key, value);
  if (!wanted_.format.empty()) {
    const bool aggregates_only = wanted_.aggregates_only || wanted_.display_aggregates_only;
    shown_ = std::make_unique<Report>(wanted_.format, aggregates_only, wanted_);
  }
  if (!wanted_.out.empty()) filed_ = std::make_unique<Report>(wanted_.out_format, wanted_.aggregates_only, wanted_);
}

GoogleBenchmark::~GoogleBenchmark() = default;

void GoogleBenchmark::add(const Measurement& m) {
  if (!shown_ && !filed_) return;
  const std::string title = name(m.what);
  auto of_case = std::ranges::find(pending_, title, &Pending::title);
  if (of_case == pending_.end()) {
    pending_.push_back({.title = title, .index = cases_++});
    of_case = std::prev(pending_.end());
  }
  Run run = run_of(m, of_case->index, wanted_.repetitions);
  if (const std::string why = why_timeless(m); why.empty()) {
    of_case->timed.push_back(std::move(run));
  } else {
    of_case->timeless.push_back(std::move(run));
    if (wanted_.format != "console" || filed_) say("{} has no time that Google Benchmark could report: {}", title, why);
  }
  if (++of_case->count < wanted_.repetitions) return;
  report(*of_case);
  pending_.erase(of_case);
  show_more();
}

void GoogleBenchmark::report(const Pending& pending) {
  for (Report* const report : {shown_.get(), filed_.get()}) {
    if (report != nullptr) report->add(pending.timed, pending.timeless);
  }
}

void GoogleBenchmark::show_more() {
  if (!shown_) return;
  put_beside_output(shown_->take_beside());
  show(shown_->take());
  static_cast<void>(end_of_output());  // whoever follows it sees each case, and a job that is ended loses none
}

void GoogleBenchmark::complete() {
  for (const Pending& pending : std::exchange(pending_, {})) report(pending);
}

void GoogleBenchmark::end_output() {
  complete();
  if (!shown_) return;
  shown_->end();
  show_more();
  shown_.reset();
}

void GoogleBenchmark::write_file() {
  complete();
  if (!filed_) return;
  filed_->end();
  const std::string text = filed_->take();
  filed_.reset();
  write_output(wanted_.out, text);
}

}  // namespace lanemark
