// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/engine/cli11_fwd.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/measurement/case_filter.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/report/gate/output.hpp"
#include "bench/report/gate/text.hpp"

// What the commands that compare share: their flags, and where their verdicts go.

namespace lanemark {

/// What all comparisons are told, as text that is not yet checked.
struct ComparisonOptions {
  std::vector<std::string> metrics{"time"};
  std::string filter;            ///< regular expression over case names
  double alpha = 0.01;           ///< share of false alarms among alarms
  std::string minimum_effect{};  ///< smaller changes are of no interest; empty for the usual
  bool strict = false;           ///< what is inconclusive, missing or has no baseline counts
  bool verbose = false;
  std::string colour = "auto";
  std::string name{};                ///< what metrics call this gate; empty for gate_name's choice
  std::vector<std::string> outputs;  ///< NAME=FILE, "-" for standard output
  bool github = false;               ///< step summary and annotations, where GitHub looks for them
};

/// Their flags.
void add_comparing_options(CLI::App& app, ComparisonOptions& options);

/// Where an output goes.
struct Destination {
  const GateOutput* output;
  std::string file;
  std::string gate;          ///< Judgement::gate
  bool beside_text = false;  ///< on standard output, which GitHub reads for annotations among all else
};

/// The options of a comparison, checked before anything is read.
struct Comparison {
  GateOptions gate;
  std::vector<const Metric*> metrics;
  std::vector<Destination> destinations;
  std::string summary;  ///< file that GitHub shows; empty for none
  CaseFilter filter;
  TextOptions text;
};

/// Throws UsageError. `run` is what the user calls the compared records.
Comparison checked(const ComparisonOptions& options, const std::string& run);

/// Only the cases that the filter finds.
void keep_matching(Evidence& evidence, const CaseFilter& filter);
/// Throws UsageError where a filter found nothing.
void require_match(bool met, const std::string& filter);
/// Refuses to let a mistyped filter, or a metric that no case has, pass as a comparison in which nothing got worse.
void require_cases(std::span<const Judgement> judgements, const ComparisonOptions& options);
/// An output that cannot be written is named, and keeps no other from being so. Whether all were.
bool say_all(const Comparison& comparison, std::span<Judgement> judgements);
/// The gravest of the judgements. Where nothing can be said of one, standard error says why. A finding outweighs an
/// output that could not be written.
ExitCode code_of(std::span<const Judgement> judgements, bool strict, bool all_said);

}  // namespace lanemark
