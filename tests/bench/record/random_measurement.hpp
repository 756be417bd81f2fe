#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <random>

#include "bench/measurement.hpp"

namespace lanemark {

/// Measurements with every field drawn afresh, so that a field that gets lost shows.
class RandomMeasurements {
 public:
  explicit RandomMeasurements(std::uint64_t seed = std::random_device{}()) : random_{seed} {}

  Measurement next() {
    Measurement m;
    m.what = {.suite = text(),
              .operation = text(),
              .backend = text(),
              .dtype = text(),
              .size = Bytes{random_()},
              .mode = text(),
              .labels = {{text(), text()}, {text(), text()}},
              .ranks = small()};
    m.device = text();
    m.transport = text();
    m.work = {random_(), Bytes{random_()}, real(), {real()}, random_()};
    if (coin()) m.limit = Limit{text(), {real()}};
    m.operations_per_sample = random_();
    for (int i = small() % 50; i > 0; --i) {
      m.samples.emplace_back(real());
      m.slowest_rank.push_back(small());
    }
    m.warm_up = Seconds{real()};
    m.warm_up_operations = random_();
    m.verdict = {static_cast<Verdict::Kind>(random_() % 3), coin() ? text() : ""};
    if (coin()) m.skipped = text();
    m.repetition = small();
    m.stop = static_cast<Stop>(random_() % 3);
    if (coin())
      m.route = Route{.algorithm = text(), .protocol = coin() ? text() : "", .channels = small(), .inferred = coin()};
    for (int i = small() % 3; i > 0; --i) m.groups.push_back({.ranks = {small(), small()}, .median = Seconds{real()}});
    if (coin()) m.training = training();
    for (int i = small() % 3; i > 0; --i) m.ceilings.push_back({.name = text(), .per_second = real()});
    return m;
  }

  std::uint64_t operator()() { return random_(); }

 private:
  TrainingFigures training() {
    TrainingFigures figures{.phases = {{text(), Seconds{real()}}, {text(), Seconds{real()}}},
                            .without_communication = {},
                            .bytes_sent = {random_(), random_()},
                            .peak_memory = {random_()},
                            .buckets = {random_(), random_(), random_()},
                            .parameters = random_(),
                            .batch = random_()};
    if (coin()) figures.without_communication = Seconds{real()};
    return figures;
  }
  bool coin() { return random_() % 2 == 0; }
  int small() { return static_cast<int>(random_() % 1000); }
  /// Quotes, breaks and letters beyond ASCII must survive.
  std::string text() { return fmt::format("é\"\\\n{:x}", random_()); }
  /// All 53 bits, magnitudes from nanoseconds to terabytes a second.
  double real() { return std::ldexp(static_cast<double>(random_() >> 11U), static_cast<int>(random_() % 80) - 90); }

  std::mt19937_64 random_;
};

}  // namespace lanemark
