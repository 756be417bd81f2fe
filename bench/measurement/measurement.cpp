// SPDX-License-Identifier: MIT

#include "bench/measurement/measurement.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "bench/statistics/quantile.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

Seconds quantile(std::vector<Seconds> samples, double q) { return quantile_of(std::move(samples), q); }

std::optional<Interval> median_interval(std::vector<Seconds> samples) {
  constexpr std::size_t most_exact = 1000;  // beyond it 2^-n nears the smallest double
  const std::size_t n = samples.size();
  std::size_t k = 0;
  if (n > most_exact) {
    constexpr double deviations = 1.96;
    const double half = static_cast<double>(n) / 2;
    k = static_cast<std::size_t>(half - deviations * std::sqrt(half / 2));
  } else {
    // The largest k with P(Binomial(n, 1/2) < k) <= tail: the interval goes from the kth smallest to the kth largest.
    constexpr double tail = 0.025;
    double term = std::exp2(-static_cast<double>(n));
    for (double below = term; below <= tail; ++k) {
      term *= static_cast<double>(n - k) / static_cast<double>(k + 1);
      below += term;
    }
  }
  if (k == 0) return std::nullopt;
  std::ranges::sort(samples);
  return Interval{.low = samples[k - 1], .high = samples[n - k]};
}

std::optional<double> relative_precision(const std::vector<Seconds>& samples) {
  const std::optional<Interval> interval = median_interval(samples);
  if (!interval) return std::nullopt;
  return (interval->high - interval->low) / quantile(samples, 0.5) / 2;
}

Seconds median(const Measurement& m) { return quantile(m.samples, 0.5); }
Seconds mean(const Measurement& m) {
  if (m.samples.empty()) throw Error("the mean of no samples");
  return std::accumulate(m.samples.begin(), m.samples.end(), Seconds{0}) / static_cast<double>(m.samples.size());
}
bool uneven(const Measurement& m) {
  constexpr double even = 1.2;
  return mean(m) > median(m) * even;
}
Seconds p95(const Measurement& m) { return quantile(m.samples, 0.95); }
Seconds p99(const Measurement& m) { return quantile(m.samples, 0.99); }
Seconds fastest(const Measurement& m) { return quantile(m.samples, 0); }
Seconds slowest(const Measurement& m) { return quantile(m.samples, 1); }

Straggler straggler(const Measurement& m) {
  std::map<int, std::size_t> count;
  for (const int rank : m.slowest_rank) ++count[rank];
  if (count.empty()) return {0, 0};
  const auto most = std::ranges::max_element(count, {}, [](const auto& entry) { return entry.second; });
  return {most->first, static_cast<double>(most->second) / static_cast<double>(m.slowest_rank.size())};
}

BytesPerSecond algorithm_bandwidth(const Measurement& m) { return m.work.bytes / median(m); }
BytesPerSecond bus_bandwidth(const Measurement& m) { return algorithm_bandwidth(m) * m.work.bus_factor; }

std::string disturbance(const Measurement& m) {
  if (!measured(m)) return {};
  if (m.processors) {
    if (std::string why = disturbance(*m.processors); !why.empty()) return why;
  }
  for (const GpuUse& gpu : m.gpus) {
    if (std::string why = disturbance(gpu); !why.empty()) return why;
  }
  return {};
}

std::optional<double> share_of_limit(const Measurement& m) {
  if (!m.limit || m.limit->rate.value <= 0 || m.work.bytes == Bytes{}) return std::nullopt;
  return bus_bandwidth(m) / m.limit->rate;
}

double samples_per_second(const Measurement& m) { return static_cast<double>(m.work.samples) / mean(m).count(); }

std::optional<Seconds> exposed_communication(const Measurement& m) {
  if (!m.training || !m.training->without_communication) return std::nullopt;
  return std::max(Seconds{0}, median(m) - *m.training->without_communication);
}

double ceiling_rate(const Measurement& m) {
  return (m.work.flops.value > 0 ? m.work.flops.value : static_cast<double>(m.work.bytes.value)) / median(m).count();
}

const Ceiling* ceiling(const Measurement& m, std::string_view source) {
  for (const Ceiling& one : m.ceilings) {
    if (one.name.starts_with(source)) return &one;
  }
  return nullptr;
}

SingleRanks::SingleRanks(const std::vector<Measurement>& all) {
  for (const Measurement& m : all) {
    if (m.what.ranks == 1 && presentable(m)) by_case_.try_emplace({name(m.what), m.repetition}, &m);
  }
}

const Measurement* SingleRanks::of(const Measurement& m) const {
  Case alone = m.what;
  alone.ranks = 1;
  const auto found = by_case_.find({name(alone), m.repetition});
  return found == by_case_.end() || found->second->what != alone ? nullptr : found->second;
}

std::optional<double> speed_up(const Measurement& m, const SingleRanks& alone) {
  const Measurement* const one = alone.of(m);
  if (one == nullptr || !measured(m) || one->work.samples == 0) return std::nullopt;
  return samples_per_second(m) / samples_per_second(*one);
}

}  // namespace lanemark
