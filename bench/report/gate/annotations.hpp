// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/gate/verdict.hpp"

namespace lanemark {

/// GitHub shows so many errors of a step and drops the others without a word.
inline constexpr std::size_t most_annotations = 10;

/// Workflow commands for a step's standard output: an error for each of the worst cases and failed rules of all
/// machines, a notice with how many more there are, one warning for all that are inconclusive. Empty if all is well.
std::string gate_annotations(std::span<const Judgement> judgements);

}  // namespace lanemark
