// SPDX-License-Identifier: MIT

#include "bench/insight/cost_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace lanemark {
namespace {

struct Point {
  double size, time;
};

struct Line {
  double alpha, beta;
  [[nodiscard]] double at(double size) const { return alpha + beta * size; }
};

double log_ratio(const Point& point, const Line& line) { return std::log(point.time / line.at(point.size)); }

/// In the middle of two it is the higher one.
double quantile(std::vector<double> values, double q) {
  const auto nth = values.begin() + std::lround(q * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, nth);
  return *nth;
}

std::vector<double> distances(const std::vector<Point>& points, const Line& line) {
  std::vector<double> all;
  all.reserve(points.size());
  for (const Point& point : points) all.push_back(std::abs(log_ratio(point, line)));
  return all;
}

/// As many of the points as a start needs, from all over their sizes: it looks at each pair of them, with all others.
std::vector<Point> thinned(std::vector<Point> points) {
  constexpr std::size_t most = 64;
  if (points.size() <= most) return points;
  std::ranges::sort(points, {}, &Point::size);
  std::vector<Point> chosen;
  for (std::size_t i = 0; i < most; ++i) chosen.push_back(points[i * (points.size() - 1) / (most - 1)]);
  return chosen;
}

/// The line through one or two of the points with the least sum of absolute logarithmic errors. Not the least median of
/// errors: half the sizes can be so small that any rate would suit them.
Line robust_start(const std::vector<Point>& points) {
  Line best{};
  double least = std::numeric_limits<double>::infinity();
  const auto consider = [&](const Line& line) {
    double sum = 0;
    for (const Point& point : points) sum += std::abs(log_ratio(point, line));
    if (sum >= least) return;
    least = sum;
    best = line;
  };
  for (const Point& a : points) {
    consider({.alpha = a.time, .beta = 0});
    consider({.alpha = 0, .beta = a.time / a.size});
    for (const Point& b : points) {
      if (a.size >= b.size) continue;
      const double beta = (b.time - a.time) / (b.size - a.size);
      const double alpha = a.time - beta * a.size;
      if (alpha >= 0 && beta >= 0) consider({alpha, beta});
    }
  }
  return best;
}

/// Tukey's bisquare (Beaton and Tukey, Technometrics 16, 1974) of a logarithmic error, so that three times as slow and
/// three times as fast are equally far; its usual constant keeps 95 % of the efficiency under normal errors.
double bisquare(double error, double scale) {
  constexpr double tuning = 4.685;
  const double u = error / (tuning * scale);
  return std::abs(u) < 1 ? (1 - u * u) * (1 - u * u) : 0;
}

/// One weighted least-squares step on errors relative to `line`, neither term below zero.
Line step(const std::vector<Point>& points, const Line& line, double scale) {
  double yy = 0;
  double xy = 0;
  double xx = 0;
  double yz = 0;
  double xz = 0;
  for (const Point& point : points) {
    const double weight = bisquare(log_ratio(point, line), scale);
    const double model = line.at(point.size);
    const double x = point.size / model;
    const double y = 1 / model;
    const double z = point.time / model;
    yy += weight * y * y;
    xy += weight * x * y;
    xx += weight * x * x;
    yz += weight * y * z;
    xz += weight * x * z;
  }
  constexpr double singular = 1e-12;
  const double determinant = yy * xx - xy * xy;
  if (determinant <= singular * yy * xx) return line;  // one size is left
  const Line next{.alpha = (xx * yz - xy * xz) / determinant, .beta = (yy * xz - xy * yz) / determinant};
  if (next.alpha < 0) return {.alpha = 0, .beta = xz / xx};
  if (next.beta < 0) return {.alpha = yz / yy, .beta = 0};
  return next;
}

/// Iteratively reweighted least squares from a robust start whose scale stays (an MM-estimate: Yohai, Annals of
/// Statistics 15, 1987).
Line robust_line(const std::vector<Point>& points) {
  // From the third quartile rather than the median: the flat half of a curve always fits well, and must not make
  // outliers of the other. A normal error stays within 1.15 deviations in three of four cases. Not below what launches
  // of one build differ by, and room for the bends that real curves have.
  constexpr double normal_quartile = 1.1503;
  constexpr double least_scale = 0.05;
  constexpr int most_steps = 100;
  constexpr double settled = 1e-12;
  Line line = robust_start(thinned(points));
  const double scale = std::max(quantile(distances(points, line), 0.75) / normal_quartile, least_scale);
  for (int i = 0; i < most_steps; ++i) {
    const Line next = step(points, line, scale);
    const bool done = std::abs(next.alpha - line.alpha) <= settled * line.alpha &&
                      std::abs(next.beta - line.beta) <= settled * line.beta;
    line = next;
    if (done) break;
  }
  return line;
}

bool usable(const TimeOfSize& point) {
  return point.size.value > 0 && point.time.count() > 0 && std::isfinite(point.time.count());
}

Bytes whole_bytes(double size) {
  constexpr double most = 0x1p63;
  return Bytes{size < most ? static_cast<std::uint64_t>(std::llround(size)) : static_cast<std::uint64_t>(most)};
}

struct Lead {
  double log_size;
  double ahead;  ///< how much longer the second takes, as a logarithm; negative where the first does
};

/// Of the sizes that both have, ascending.
std::vector<Lead> leads_of_first(std::span<const TimeOfSize> first, std::span<const TimeOfSize> second) {
  std::map<Bytes, Seconds> times;
  for (const TimeOfSize& point : first) {
    if (usable(point)) times.emplace(point.size, point.time);
  }
  std::vector<Lead> leads;
  for (const TimeOfSize& point : second) {
    const auto other = times.find(point.size);
    if (other == times.end() || !usable(point)) continue;
    leads.push_back(
        {.log_size = std::log(static_cast<double>(point.size.value)), .ahead = std::log(point.time / other->second)});
  }
  std::ranges::sort(leads, {}, &Lead::log_size);
  return leads;
}

}  // namespace

Seconds predict(const CostModel& model, Bytes size) {
  return model.latency + Seconds{static_cast<double>(size.value) / model.rate.value};
}

std::optional<CostModel> fit(std::span<const TimeOfSize> points) {
  constexpr std::size_t least_sizes = 3;
  constexpr double least_span = 8;
  std::vector<Point> used;
  std::vector<double> sizes;
  for (const TimeOfSize& point : points) {
    if (!usable(point)) continue;
    used.push_back({.size = static_cast<double>(point.size.value), .time = point.time.count()});
    sizes.push_back(used.back().size);
  }
  std::ranges::sort(sizes);
  sizes.erase(std::ranges::unique(sizes).begin(), sizes.end());
  if (sizes.size() < least_sizes || sizes.back() < least_span * sizes.front()) return std::nullopt;

  const Line line = robust_line(used);
  std::vector<double> errors;
  errors.reserve(used.size());
  for (const Point& point : used) errors.push_back(std::abs(point.time / line.at(point.size) - 1));
  return CostModel{.latency = Seconds{line.alpha},
                   .rate = {1 / line.beta},  // no cost per byte: infinite
                   .residual = quantile(errors, 0.5),
                   .worst = std::ranges::max(errors),
                   .half_bandwidth = whole_bytes(line.alpha / line.beta)};
}

std::vector<Crossover> crossovers(std::span<const TimeOfSize> first, std::span<const TimeOfSize> second) {
  static const double indistinct = std::log(1.03);
  const std::vector<Lead> leads = leads_of_first(first, second);
  std::vector<Crossover> found;
  double leader = 0;                    // what was ahead at the last size where somebody led; 0 before
  std::optional<double> changes_order;  // where the times first changed order since then
  for (std::size_t i = 0; i < leads.size(); ++i) {
    const auto [log_size, ahead] = leads[i];
    if (!changes_order && leader * ahead < 0) {
      const Lead& before = leads[i - 1];
      changes_order = before.log_size + (log_size - before.log_size) * before.ahead / (before.ahead - ahead);
    }
    if (std::abs(ahead) < indistinct) continue;
    if (changes_order && leader * ahead < 0) {
      found.push_back({.at = whole_bytes(std::exp(*changes_order)),
                       .faster_above = ahead > 0 ? Crossover::Curve::first : Crossover::Curve::second});
    }
    leader = ahead;
    changes_order.reset();
  }
  return found;
}

}  // namespace lanemark
