#include "bench/measurement.hpp"

#include <algorithm>
#include <cmath>
#include <map>

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

std::optional<double> share_of_limit(const Measurement& m) {
  if (!m.limit || m.limit->rate.value <= 0 || m.work.bytes == Bytes{}) return std::nullopt;
  return bus_bandwidth(m) / m.limit->rate;
}

double samples_per_second(const Measurement& m) { return static_cast<double>(m.work.samples) / median(m).count(); }

std::optional<Seconds> exposed_communication(const Measurement& m) {
  if (!m.training || !m.training->without_communication) return std::nullopt;
  return std::max(Seconds{0}, median(m) - *m.training->without_communication);
}

const Measurement* single_rank(const Measurement& m, const std::vector<Measurement>& all) {
  Case alone = m.what;
  alone.ranks = 1;
  const auto found = std::ranges::find_if(all, [&](const Measurement& other) {
    return other.what == alone && measured(other) && other.repetition == m.repetition;
  });
  return found == all.end() ? nullptr : &*found;
}

std::optional<double> speed_up(const Measurement& m, const std::vector<Measurement>& all) {
  const Measurement* alone = single_rank(m, all);
  if (alone == nullptr || !measured(m)) return std::nullopt;
  return samples_per_second(m) / samples_per_second(*alone);
}

}  // namespace lanemark
