// SPDX-License-Identifier: MIT

#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <random>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

/// Measurements with every field drawn within its bounds, so that a field that gets lost shows. Every run of a test
/// draws the same: what fails once can be looked at.
class RandomMeasurements {
 public:
  explicit RandomMeasurements(std::uint64_t seed = 1) : random_{seed} {}

  Measurement next() {
    Measurement m;
    m.what = {.suite = text(),
              .operation = text(),
              .backend = text(),
              .dtype = text(),
              .size = size(),
              .mode = text(),
              .labels = {{text(), text()}, {text(), text()}},
              .ranks = 1 + small() % 4};
    m.device = coin() ? "host" : "cuda";
    m.transport = text();
    m.work = {random_(), Bytes{random_()}, real(0, 1), {real(0, 90)}, random_()};
    if (coin()) m.limit = Limit{text(), {real(0, 50)}};
    m.operations_per_sample = large() | 1U;
    if (coin()) m.skipped = text();
    for (int i = m.skipped.empty() ? small() % 50 : 0; i > 0; --i) {
      m.samples.emplace_back(time());
      m.slowest_rank.push_back(small() % m.what.ranks);
    }
    m.warm_up = Seconds{time()};
    m.warm_up_operations = large();
    m.verdict = {static_cast<Verdict::Kind>(random_() % 3), coin() ? text() : ""};
    if (m.samples.empty() && m.verdict.kind == Verdict::Kind::correct) m.verdict.kind = Verdict::Kind::unverified;
    m.repetition = static_cast<int>(random_() >> 33U);
    m.stop = static_cast<Stop>(random_() % 3);
    if (coin())
      m.route = Route{.algorithm = text(), .protocol = coin() ? text() : "", .channels = small(), .inferred = coin()};
    for (int rank = 0; coin() && rank < m.what.ranks; ++rank) {
      m.groups.push_back({.ranks = {rank}, .median = Seconds{time()}});
    }
    if (coin()) m.training = training(m.what.ranks);
    for (int i = small() % 3; i > 0; --i) m.ceilings.push_back({.name = text(), .per_second = real(0, 70)});
    return m;
  }

  /// From a nanosecond to minutes.
  double time() { return real(-30, 8); }

  std::uint64_t operator()() { return random_(); }

 private:
  /// None, of no bytes, or any.
  std::optional<Bytes> size() {
    if (coin()) return std::nullopt;
    return coin() ? Bytes{} : Bytes{random_()};
  }

  TrainingFigures training(int ranks) {
    TrainingFigures figures{.phases = {{text(), Seconds{time()}}, {text(), Seconds{0}}},
                            .without_communication = {},
                            .bytes_sent = {},
                            .peak_memory = {},
                            .buckets = {random_(), random_(), random_()},
                            .parameters = random_(),
                            .batch = random_()};
    for (int rank = 0; rank < ranks; ++rank) {
      figures.bytes_sent.push_back(random_());
      figures.peak_memory.push_back(random_());
    }
    if (coin()) figures.without_communication = Seconds{time()};
    return figures;
  }
  bool coin() { return random_() % 2 == 0; }
  int small() { return static_cast<int>(random_() % 1000); }
  /// Quotes, breaks and letters beyond ASCII must survive.
  std::string text() { return fmt::format("é\"\\\n{:x}", random_()); }
  std::uint64_t large() { return random_() >> 12U; }
  /// All 53 bits, from 2^least to 2^most.
  double real(int least, int most) {
    const int exponent = least + static_cast<int>(random_() % static_cast<std::uint64_t>(most - least));
    return std::ldexp(static_cast<double>((random_() >> 12U) | (std::uint64_t{1} << 52U)), exponent - 52);
  }

  std::mt19937_64 random_;
};

}  // namespace lanemark
