// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/case_verdict.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/measurement/exit_code.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// What counts as a change.
struct GateOptions {
  double alpha = 0.01;  ///< share of false alarms among alarms (Benjamini-Hochberg)
  /// Relative; smaller changes are of no interest. `usual_effect` where nothing is said.
  std::optional<double> minimum_effect{};
  double power = 0.9;  ///< with which a detectable change is detected
};

/// 2 %, which GPUs hold from launch to launch; 5 % for times on a host that is not calibrated, whose speed moves by 2
/// to 3 % within minutes, so that a smaller change between launches of today and of yesterday says nothing of the
/// program.
double usual_effect(const Fingerprint& machine, bool calibrated);

/// An absolute rule on one case, or on none where it says that some case must be there.
struct RuleVerdict {
  std::string rule;  ///< its name or text
  std::string name;  ///< the case's
  bool passed = true;
  std::string detail;  ///< "busbw 312.4 GB/s, at least 340 GB/s asked for"
};

/// A comparison as a whole: what all outputs are made from.
struct Judgement {
  Fingerprint fingerprint;
  std::string fingerprint_id;
  std::vector<LaunchSummary> base, run;            ///< excluded ones too
  std::vector<std::string> changed;                ///< changed_software: "nccl 2.27.3 -> 2.28.3"
  std::vector<CaseVerdict> cases;                  ///< the gravest first, then the largest change, then by name
  std::vector<RuleVerdict> rules;                  ///< the failed first
  std::optional<BaselineFolder::Nearest> nearest;  ///< where there is no baseline for this machine
  GateOptions options;
  std::string gate{};      ///< what outputs call the comparison where several of one machine lie side by side
  bool confirmed = false;  ///< what had regressed was run again, as far as it could be: CaseVerdict::twice

  [[nodiscard]] std::size_t count(Outcome outcome) const;
};

/// Compares all metrics that the run has evidence of, its cases and the base's, with the noise floors of `base`.
/// Without a base every case is no_baseline.
Judgement judge(const Baseline* base, const Evidence& run, const GateOptions& options);

/// Whether the case would have regressed as the only one compared: a confirmation asks each anew.
bool regresses_alone(const CaseVerdict& verdict, const GateOptions& options);

/// The gravest first, then the largest change.
void worst_first(std::vector<CaseVerdict>& cases);

/// What the process should exit with: wrong data before regressions and failed rules before, if
/// `strict`, inconclusive, missing and no_baseline.
ExitCode exit_code(const Judgement& judgement, bool strict);

}  // namespace lanemark
