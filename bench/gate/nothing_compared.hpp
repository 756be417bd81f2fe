// SPDX-License-Identifier: MIT

#pragma once

#include <string>

#include "bench/gate/verdict.hpp"

namespace lanemark {

/// Why a judgement says nothing of its run and what to do about it, in one sentence: no launch of a side counts, or no
/// case was measured on both sides, though there are launches to compare with, nor looked at by a rule. Empty where it
/// says something: also where there is no baseline yet, as a machine's first launches are what makes one.
std::string nothing_compared(const Judgement& judgement);

}  // namespace lanemark
