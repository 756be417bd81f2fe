// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "bench/gate/verdict.hpp"

namespace lanemark {

/// GitHub refuses the whole summary of a step above 1 MiB; what the step itself wrote before counts too.
inline constexpr std::size_t summary_limit = 1'000'000;

/// For GITHUB_STEP_SUMMARY, at most `limit` bytes (1024 at least): the counts of all machines first, then launches that
/// were left out and versions that changed, then what is not the same, the worst first, then the rest, folded. What
/// does not fit is left out by whole rows, and the last line says how many.
std::string gate_markdown(std::span<const Judgement> judgements, std::size_t limit = summary_limit);

}  // namespace lanemark
