// SPDX-License-Identifier: MIT

#include "bench/report/gate/verdict_figures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "bench/statistics/quantile.hpp"

namespace lanemark {
namespace {

/// Without the percent sign; "inf" where a change is too large for a number, or unbounded.
std::string percents(double change) {
  constexpr double too_long = 10;
  if (!std::isfinite(change)) return change > 0 ? "+inf" : "-inf";
  return std::abs(change) < too_long ? fmt::format("{:+.1f}", 100 * change) : fmt::format("{:+.0f}", 100 * change);
}

}  // namespace

std::string_view name(Side side) { return side == Side::base ? "base" : "run"; }

std::span<const double> shown_values(const CaseVerdict& verdict, Side side) {
  if (side == Side::base) return verdict.base;
  if (verdict.outcome == Outcome::wrong_data) return {};
  return verdict.run;
}

std::optional<Shift> shown_shift(const CaseVerdict& verdict) {
  return verdict.outcome == Outcome::wrong_data ? std::nullopt : verdict.shift;
}

const std::vector<LaunchSummary>& launches(const Judgement& judgement, Side side) {
  return side == Side::base ? judgement.base : judgement.run;
}

std::vector<std::string> launches_of_values(const Judgement& judgement, const CaseVerdict& verdict, Side side) {
  std::vector<std::string> all;
  for (const std::uint32_t place : side == Side::base ? verdict.base_launches : verdict.run_launches) {
    all.push_back(launches(judgement, side).at(place).launch);
  }
  all.resize(shown_values(verdict, side).size());
  return all;
}

std::optional<double> median_of(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  return median(std::vector(values.begin(), values.end()));
}

bool is_time(const CaseVerdict& verdict) { return metric_name(verdict) == "time"; }

std::string_view metric_name(const CaseVerdict& verdict) {
  return verdict.metric == nullptr ? std::string_view{} : verdict.metric->name;
}

std::string median_figure(const CaseVerdict& verdict, Side side) {
  const std::optional<double> median = median_of(shown_values(verdict, side));
  return median && verdict.metric != nullptr ? value_figure(*verdict.metric, *median) : "-";
}

std::string change_figure(double change) { return percents(change) + " %"; }

std::string share_figure(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string threshold_figure(const CaseVerdict& verdict) {
  return share_figure(verdict.threshold) + (verdict.calibrated ? "" : "*");
}

std::string change_with_interval(const CaseVerdict& verdict) {
  const std::optional<Shift> shift = shown_shift(verdict);
  if (!shift) return "-";
  if (!shift->bounded) return change_figure(shift->change) + " [unbounded]";
  return fmt::format("{} [{}, {}]", change_figure(shift->change), percents(shift->low), percents(shift->high));
}

std::string p_figure(const CaseVerdict& verdict) {
  if (!shown_shift(verdict)) return "-";
  constexpr double least = 0.0001;
  return verdict.adjusted_p < least ? "<0.0001" : fmt::format("{:.4f}", verdict.adjusted_p);
}

std::optional<std::size_t> launches_needed(const CaseVerdict& verdict, Side side) {
  if (!verdict.needed) return std::nullopt;
  return side == Side::base ? verdict.needed->base : verdict.needed->run;
}

}  // namespace lanemark
