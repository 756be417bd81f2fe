#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/metric.hpp"
#include "bench/statistics/shift.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// What is said of one case. In the order of how much it should worry the reader.
enum class Outcome {
  wrong_data,    ///< some launch computed wrong results
  regressed,     ///< significantly worse, by more than the threshold
  inconclusive,  ///< neither worse, better nor the same can be said
  no_baseline,   ///< nothing to compare with
  missing,       ///< the baseline has it, no launch of the run does
  improved,      ///< significantly better, by more than the threshold
  same,          ///< the change's interval lies within the threshold
};
std::string_view name(Outcome outcome);  ///< "REGRESSED", "SAME" …

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

/// Launches of each side in all: more of the run alone, against the base that there is, unless more of both are fewer.
struct LaunchesNeeded {
  std::size_t base = 0;
  std::size_t run = 0;
};

/// One metric of one case, base against run. Changes are relative and signed as the metric is: +0.1 busbw is faster,
/// +0.1 time is slower.
struct CaseVerdict {
  std::string name;  ///< the case's
  const Metric* metric = nullptr;
  Outcome outcome = Outcome::inconclusive;
  std::vector<double> base{};  ///< a value from each launch that counts and has one
  std::vector<double> run{};
  std::vector<std::uint32_t> base_launches{};  ///< of which launch each is: places in Judgement::base
  std::vector<std::uint32_t> run_launches{};   ///< and in Judgement::run
  std::optional<Shift> shift{};            ///< Hodges-Lehmann, with its interval; nothing without values on both sides
  double p = 1;                            ///< exact two-sided Mann-Whitney
  double adjusted_p = 1;                   ///< after Benjamini-Hochberg over all cases compared
  double threshold = 0;                    ///< the larger of the minimum effect and the noise floor
  bool calibrated = false;                 ///< whether there is a noise floor for it
  std::optional<double> detectable{};      ///< the smallest change these launches could have shown
  std::optional<LaunchesNeeded> needed{};  ///< to decide, if the change is what it seems
  bool twice = false;                      ///< regressed, was run again and regressed again
  std::string detail{};                    ///< of wrong data, and of what is missing
};

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
