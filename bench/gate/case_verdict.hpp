// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gate/metric.hpp"
#include "bench/statistics/shift.hpp"

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

}  // namespace lanemark
