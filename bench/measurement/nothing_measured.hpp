// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/measurement.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// There is nothing to conclude from: what was asked for ran, and no number came of it that counts (exit code 7).
class NothingMeasured : public Error {
 public:
  using Error::Error;
};

/// Whether anything that counts was measured: something that is presentable. What could not be verified counts, and
/// its row says so.
bool anything_counts(std::span<const Measurement> all);

/// What a program that measured these should exit with: wrong_data where there is any, else incomplete where nothing
/// counts, else ok. A part of the cases may be skipped.
ExitCode exit_code_of(std::span<const Measurement> all);

/// Why nothing of these counts and what to do about it, in one sentence.
std::string nothing_measured(std::span<const Measurement> all);

}  // namespace lanemark
