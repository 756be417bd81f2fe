// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/gate/verdict.hpp"

namespace lanemark {

/// JUnit's XML, as Jenkins and GitLab read it: a test suite for each operation (a case's name up to its first slash) of
/// each machine and one for its rules; wrong data is an error, a regression and a failed rule a failure; inconclusive,
/// missing and without baseline are skipped, with the reason. A test's time is the run's median, where that is one.
std::string gate_junit(std::span<const Judgement> judgements);

}  // namespace lanemark
