#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bench/case.hpp"

namespace lanemark {

/// How much times move between launches of one and the same build.
struct NoiseFloor {
  double change = 0;  ///< relative; see calibrate
  std::uint64_t comparisons = 0;
};

/// Those of a machine. What was calibrated has its own; a case that was not has that of the most restless of its class.
struct NoiseFloors {
  std::map<std::string, NoiseFloor> by_case{};   ///< by name
  std::map<std::string, NoiseFloor> by_class{};  ///< by case_class

  [[nodiscard]] bool empty() const { return by_class.empty(); }
  /// Null where nothing is known of the like of it.
  [[nodiscard]] const NoiseFloor* find(const Case& what) const;
  /// Puts `newer` in the place of what was known of the same cases and classes.
  void replace(const NoiseFloors& newer);
};

/// Cases that vary alike: operation, backend, mode, ranks, and size to the nearest of a few steps, e.g.
/// "all_reduce/nccl/latency/small/ranks:4". Small is below 64 KiB, large from 16 MiB on, medium between; sizeless
/// cases have no step.
std::string case_class(const Case& what);

}  // namespace lanemark
