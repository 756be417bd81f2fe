// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "kernels/core/units.hpp"

namespace lanemark {

struct TimeOfSize {
  Bytes size;
  Seconds time;
};

/// What an operation costs by its size: time(size) = latency + size / rate. The model is Hockney's ("The communication
/// challenge for MPP: Intel Paragon and Meiko CS-2", Parallel Computing 20, 1994), where these are t0, r-infinity and
/// n-1/2; the collectives' literature calls them alpha, 1/beta and alpha/beta.
struct CostModel {
  Seconds latency{};       ///< at no size; never negative
  BytesPerSecond rate;     ///< algorithm bandwidth at infinite size; infinite where no size costs more than another
  double residual = 0;     ///< the median of |measured / model - 1|
  double worst = 0;        ///< the largest of them
  Bytes half_bandwidth{};  ///< latency * rate: the size at which half of `rate` is reached; at most 2^63
};

Seconds predict(const CostModel& model, Bytes size);

/// The model of these times, in any order; errors count relatively, and outliers do not move it. Nothing where the
/// points have fewer than three sizes, or none eight times the smallest. Points without a size or a time are left out.
std::optional<CostModel> fit(std::span<const TimeOfSize> points);

/// Where one of two curves takes the lead from the other.
struct Crossover {
  enum class Curve { first, second };
  Bytes at;
  Curve faster_above;
  friend bool operator==(const Crossover&, const Crossover&) = default;
};

/// The changes of leader over the sizes that both curves have, ascending; interpolated between the neighbouring sizes
/// where the times change order, with times and sizes on logarithmic scales. Where times differ by less than 3 % nobody
/// leads. A curve has each size once, in any order.
std::vector<Crossover> crossovers(std::span<const TimeOfSize> first, std::span<const TimeOfSize> second);

}  // namespace lanemark
