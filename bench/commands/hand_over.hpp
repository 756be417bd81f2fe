// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/engine/watchdog.hpp"
#include "bench/measurement/measurement.hpp"
#include "bench/record/store.hpp"
#include "bench/report/google_benchmark.hpp"

namespace lanemark {

/// What a run has come to, on rank 0.
struct RunOutcome {
  const std::vector<Measurement>& measurements;
  const LaunchEnd& end;
  const std::string& accepted_load;           ///< why other load is accepted; empty if it is not
  const std::optional<std::string>& stopped;  ///< why it was before its last case; nothing if it was not
  std::string ended_by;                       ///< why cases are missing; empty where none are
  bool with_tables = true;                    ///< or Google Benchmark has the standard output
};

/// Ends the record, shows the tables and completes Google Benchmark's reports, each whatever became of the others.
/// Standard error names what could not be written. Whether all was. Files are written in time, and whoever reads the
/// tables may take any.
bool hand_over(const RunOutcome& outcome, Recorder& recorder, GoogleBenchmark& google_benchmark, Watchdog& watchdog);

}  // namespace lanemark
