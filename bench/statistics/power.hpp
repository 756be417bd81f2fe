// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace lanemark {

/// What a comparison of launches is to achieve: a change is called, at a two-sided level of the rank test, with a
/// probability of `power`.
struct PowerGoal {
  double alpha = 0.05;
  double power = 0.9;
};

/// The level at which one case of many must differ to be a discovery at rate q where `changed` of the cases changed:
/// the least significant of them has q changed / cases. Throws Error unless 0 < q < 1 and 0 < changed <= cases.
double alpha_among(double q, std::size_t cases, std::size_t changed = 1);

/// How much the logarithms of launch medians (in any unit) vary: the median absolute deviation or the range of the
/// middle 80 %, whichever is wider, scaled to a normal's standard deviation, so 0.02 means 2 %. One launch of many gone
/// astray hardly moves it, and launches of two kinds of speed do not look as close as the more frequent kind. Throws
/// Error on fewer than two values and on any that is not finite and above 0.
double log_spread(std::span<const double> medians);

/// The same of logarithms, which may be below 0. Throws Error on fewer than two.
double spread_of_logs(std::vector<double> logs);

/// The logarithms of launches of two sides, each about its own side's middle, and a little wider: each middle was
/// fitted to its launches, which draws them nearer than they are. Of values that are finite and above 0.
std::vector<double> log_residuals(std::span<const double> x, std::span<const double> y);

/// The fewest launches on each side with which the rank test can reach `alpha` at all; 4 for 0.05. Throws Error unless
/// 0 < alpha < 1.
std::size_t least_launches(double alpha);

/// The probability that n launches against m show a change, relative and above -1, at `alpha`, where the logarithms of
/// their medians are normal with a standard deviation of `spread`. The critical value is exact, so 0 where it cannot be
/// reached; U is taken as normal with its mean and variance under the change (Lehmann, "Nonparametrics: Statistical
/// Methods Based on Ranks", 1975, section 2.3). Where it says 80 % to 95 %, simulations of 3 to 100 launches a side
/// show up to 3 points less and 6 more; where any overlap hides a change, as of 4 against 4, up to 12 more. Throws
/// Error on n or m of 0 and on values out of range.
double rank_test_power(std::size_t n, std::size_t m, double change, double spread, double alpha);

/// How many launches on each side show this change with the power asked for, or nothing where a million would not do.
/// The search starts from Noether, "Sample size determination for some common nonparametric tests", Journal of the
/// American Statistical Association 82, 1987, whose number takes no notice of what few launches cannot reach. Throws as
/// rank_test_power, and on a change of 0.
std::optional<std::size_t> launches_needed(double change, double spread, const PowerGoal& goal = {});

/// How many launches show this change against n that there are, or nothing where a thousand would not do. Throws as
/// rank_test_power, and on a change of 0.
std::optional<std::size_t> launches_needed_against(std::size_t n, double change, double spread,
                                                   const PowerGoal& goal = {});

}  // namespace lanemark
