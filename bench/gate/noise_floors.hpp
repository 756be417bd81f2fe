// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bench/measurement/case.hpp"

namespace lanemark {

/// How much times move between launches of one and the same build.
struct NoiseFloor {
  double change = 0;  ///< relative; see noise_floors
  std::uint64_t comparisons = 0;
  std::string of_class{};  ///< case_class
  /// So many comparisons that the case can rely on them alone; else it has the largest floor of its class.
  bool steady = true;
};

/// Those of a machine, of the cases that were calibrated. One that was not has the largest floor of its class.
class NoiseFloors {
 public:
  [[nodiscard]] bool empty() const { return cases_.empty(); }
  /// Null where nothing is known of the like of it.
  [[nodiscard]] const NoiseFloor* find(const Case& what) const;
  /// Takes the place of what was known of the case with this name.
  void set(const std::string& title, const NoiseFloor& floor);
  /// Takes over all of `newer`, and forgets what was known of its classes as a whole (see baseline_from_json).
  void merge(const NoiseFloors& newer);

  [[nodiscard]] const std::map<std::string, NoiseFloor>& cases() const { return cases_; }      ///< by name
  [[nodiscard]] const std::map<std::string, NoiseFloor>& classes() const { return classes_; }  ///< by case_class

 private:
  void regroup();

  std::map<std::string, NoiseFloor> cases_;
  std::map<std::string, NoiseFloor> classes_;  ///< the largest change and all comparisons of the cases of each
};

/// Cases that vary alike: operation, backend, mode, ranks, and size to the nearest of a few steps, e.g.
/// "all_reduce/nccl/latency/small/ranks:4". Small is below 64 KiB, large from 16 MiB on, medium between; sizeless
/// cases have no step.
std::string case_class(const Case& what);

}  // namespace lanemark
