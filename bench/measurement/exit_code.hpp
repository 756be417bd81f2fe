// SPDX-License-Identifier: MIT

#pragma once

namespace lanemark {

/// Exit codes of the program; under mpirun every rank returns the same one.
enum class ExitCode : int {
  ok = 0,
  internal = 1,
  usage = 2,
  regression = 3,
  undecided = 4,  ///< inconclusive or nothing to compare with, where that was asked to count
  wrong_data = 5,
  timeout = 6,
  incomplete = 7,  ///< nothing that counts was measured, or a launch or its record did not come to its end
};

}  // namespace lanemark
