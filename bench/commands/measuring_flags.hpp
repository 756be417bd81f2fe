// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/commands/measuring_line.hpp"
#include "bench/engine/cli11_fwd.hpp"

namespace lanemark {

/// What is measured and how, those flags of the suites included. Each stands in the group of what it is for.
void declare(CLI::App& app, MeasuringLine& line);
/// After `app` was parsed. Throws UsageError for what no machine could honour.
void accept(const CLI::App& app, const GoogleBenchmarkFlags& of_google_benchmark, MeasuringLine& line);

/// --timeout, of every command that enters MPI by itself.
void add_timeout_option(CLI::App& app, double& timeout);
/// Throws UsageError.
void require_timeout(double timeout);

/// A line of one of these commands by itself: what a record's command means, and launches are told. Throws UsageError,
/// and ShowText for --help.
MeasuringLine parse_measuring_line(std::vector<std::string> words);

}  // namespace lanemark
