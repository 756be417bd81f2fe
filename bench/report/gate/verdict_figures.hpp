// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gate/verdict.hpp"

// The numbers of a verdict, as every output of the gate shows them.

namespace lanemark {

enum class Side { base, run };
std::string_view name(Side side);

/// A value from each launch that counts. None of the run where it computed wrong data: that is never shown as a speed.
std::span<const double> shown_values(const CaseVerdict& verdict, Side side);
/// Of a side, the launches in all that would decide it; nothing where that is not known.
std::optional<std::size_t> launches_needed(const CaseVerdict& verdict, Side side);
/// The change, unless the run computed wrong data.
std::optional<Shift> shown_shift(const CaseVerdict& verdict);

/// Excluded ones too.
const std::vector<LaunchSummary>& launches(const Judgement& judgement, Side side);
/// The launch that each of the side's values is of; empty where that cannot be told, since some launch has none.
std::vector<std::string> launches_of_values(const Judgement& judgement, const CaseVerdict& verdict, Side side);

/// In the middle of two their mean; nothing of none.
std::optional<double> median_of(std::span<const double> values);

bool is_time(const CaseVerdict& verdict);  ///< the metric that every case has
std::string_view metric_name(const CaseVerdict& verdict);
/// "12.34 us", the median over the launches; "-" where there is none.
std::string median_figure(const CaseVerdict& verdict, Side side);
/// "+12.3 %".
std::string change_figure(double change);
/// "2.0 %": without a sign, for thresholds.
std::string share_figure(double share);
/// "2.0 %", with an asterisk where no calibration says how much such cases vary.
std::string threshold_figure(const CaseVerdict& verdict);
inline constexpr std::string_view threshold_legend = "* not calibrated: the smallest change of interest alone";
/// "+12.3 % [+10.1, +14.4]"; "-" where there is no change to speak of.
std::string change_with_interval(const CaseVerdict& verdict);
/// "0.0123", "<0.0001", "-" where nothing was compared.
std::string p_figure(const CaseVerdict& verdict);

}  // namespace lanemark
