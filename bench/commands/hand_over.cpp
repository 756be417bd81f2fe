// SPDX-License-Identifier: MIT

#include "bench/commands/hand_over.hpp"

#include "bench/files/standard_streams.hpp"
#include "bench/report/console.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

bool hand_over(const RunOutcome& outcome, Recorder& recorder, GoogleBenchmark& google_benchmark, Watchdog& watchdog) {
  std::vector<std::string> problems;
  const auto attempt = [&](const auto& write) {
    try {
      write();
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  };
  // The record first, since a reader of the tables may take its time; what becomes of it is said behind them.
  watchdog.watch("writing the record's last line");
  std::string file;
  if (outcome.stopped) {
    problems.push_back(*outcome.stopped);
    recorder.end_early(outcome.ended_by);
  } else {
    attempt([&] { file = recorder.finish(outcome.end, outcome.ended_by).string(); });
  }
  watchdog.watch("writing Google Benchmark's file");
  attempt([&] { google_benchmark.write_file(); });
  const Watchdog::Rest while_a_person_reads{watchdog};
  if (outcome.with_tables) {
    show(report(outcome.measurements, Format::text) + '\n');
    const Taints taints = recorder.taints(outcome.end);
    for (const std::string& taint : taints.reasons) show_line("Tainted, do not compare: {}", taint);
    for (const std::string& load : taints.accepted)
      show_line("Other load, accepted ({}): {}", outcome.accepted_load, load);
    if (!file.empty()) show_line("Record: {}", file);
  }
  google_benchmark.end_output();
  static_cast<void>(end_of_output());  // before what is said of it
  for (const std::string& problem : problems) say("{}", problem);
  return problems.empty();
}

}  // namespace lanemark
