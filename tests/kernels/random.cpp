// SPDX-License-Identifier: MIT

#include "tests/kernels/random.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <string>

namespace lanemark::test {
namespace {

std::uint64_t choose_seed() {
  const char* const given = std::getenv("LANEMARK_TEST_SEED");
  const std::uint64_t chosen = given != nullptr ? std::stoull(given) : std::random_device{}();
  fmt::print(stderr, "random inputs: LANEMARK_TEST_SEED={}\n", chosen);
  return chosen;
}

}  // namespace

std::uint64_t seed() {
  static const std::uint64_t chosen = choose_seed();
  return chosen;
}

Random::Random() {
  static std::uint64_t made = 0;
  engine_.seed(seed() + ++made);
}

std::size_t Random::below(std::size_t end) { return std::uniform_int_distribution<std::size_t>{0, end - 1}(engine_); }

std::vector<float> Random::floats(std::size_t count, float low, float high) {
  std::uniform_real_distribution<float> distribution{low, high};
  std::vector<float> values(count);
  for (float& value : values) value = distribution(engine_);
  return values;
}

std::vector<std::int32_t> Random::labels(std::size_t count, std::size_t classes) {
  std::vector<std::int32_t> values(count);
  for (std::int32_t& value : values) value = static_cast<std::int32_t>(below(classes));
  return values;
}

}  // namespace lanemark::test
