// SPDX-License-Identifier: MIT

#pragma once

#include "bench/gate/baseline.hpp"
#include "bench/gate/evidence.hpp"

namespace lanemark {

/// How launches of a calibration are compared with each other, as a gate would later compare two builds.
struct CalibrationOptions {
  std::size_t launches = 10;  ///< on each side of a comparison
  double margin = 1.5;        ///< of the floor over the largest change seen, which those to come exceed now and then
};

/// Noise floors from launches of one and the same build in the order in which they were started: each window of
/// launches is compared with each later one, near and far, as a stored baseline is with a later run, so that drift
/// counts as the noise it is; the floor is the largest Hodges-Lehmann change, and a margin. It is steady where three
/// windows fit one after the other: fewer comparisons of one case may all be lucky. Where there are fewer than twice
/// `launches`, windows are half of what there is. Time only. Throws UsageError on fewer than 4 launches that count, and
/// where their builds differ.
NoiseFloors noise_floors(const Evidence& evidence, const CalibrationOptions& options);

}  // namespace lanemark
