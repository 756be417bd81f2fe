// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

/// What a launch's measurements, taken one after the other, tell of the machine's quiet while they were timed.
class Disturbances {
 public:
  void add(const Measurement& m);

  /// Why the launch as a whole ran beside other load: over all that was timed together. Empty where it did not.
  [[nodiscard]] std::string load() const;
  /// GPUs that were shared or slowed themselves down while some case was timed, each with in how many.
  [[nodiscard]] std::vector<std::string> gpus() const;

 private:
  std::optional<ProcessorUse> processors_;
  std::map<std::string, std::uint64_t> gpus_;  ///< in how many cases, by what
  std::uint64_t timed_ = 0;
};

/// Why a launch must not be compared, and what of it somebody who started it has accepted.
struct Taints {
  std::vector<std::string> reasons{};
  std::vector<std::string> accepted{};
};

}  // namespace lanemark
