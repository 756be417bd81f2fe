#pragma once

#include <map>
#include <string>

#include "bench/gate/baseline.hpp"
#include "bench/gate/evidence.hpp"

namespace lanemark {

/// How launches of a calibration are compared with each other, as a gate would later compare two builds.
struct CalibrationOptions {
  std::size_t launches = 10;  ///< on each side of a comparison
  double quantile = 0.99;     ///< of the changes seen, by which the floor is set
};

/// The noise floor of each class of cases, from launches of one and the same build in the order in which they were
/// started: neighbouring windows of launches are compared, every one that fits, so that slow drift counts as the noise
/// it is; the floor is a quantile of the Hodges-Lehmann changes of all cases of a class. Where there are fewer than
/// twice `launches`, windows are half of what there is. Time only. Throws UsageError on fewer than 4 launches that
/// count, and where their builds differ.
std::map<std::string, NoiseFloor> noise_floors(const Evidence& evidence, const CalibrationOptions& options);

}  // namespace lanemark
