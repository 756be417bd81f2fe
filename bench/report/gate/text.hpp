// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/gate/verdict.hpp"

namespace lanemark {

struct TextOptions {
  bool verbose = false;  ///< also the cases that are the same, and rules that passed
  bool colour = false;   ///< of verdicts, by ANSI sequences; see use_colour
};

/// For a terminal, a section for each kind of machine: the counts, the worst case first, what each inconclusive one
/// would take, rules, launches left out, versions that changed.
std::string gate_text(std::span<const Judgement> judgements, const TextOptions& options = {});

}  // namespace lanemark
