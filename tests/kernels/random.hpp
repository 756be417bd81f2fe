// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace lanemark::test {

/// This run's seed: fresh, printed once, or LANEMARK_TEST_SEED from the environment to repeat a run.
std::uint64_t seed();

/// Random inputs; two in one run draw different ones.
class Random {
 public:
  Random();
  [[nodiscard]] std::uint64_t bits() { return engine_(); }
  /// In [0, end).
  [[nodiscard]] std::size_t below(std::size_t end);
  [[nodiscard]] std::vector<float> floats(std::size_t count, float low = -1, float high = 1);
  [[nodiscard]] std::vector<std::int32_t> labels(std::size_t count, std::size_t classes);

 private:
  std::mt19937_64 engine_;
};

}  // namespace lanemark::test
